-- Answers that came late are looked for every second, to settle again what was settled without them.
create index key_press_late on key_press (call_id) where late;
