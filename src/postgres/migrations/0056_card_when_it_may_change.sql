-- A story has a card once it is kept and its sound is stored: before that, three changes a call asked for one in vain.
create or replace trigger story_card_story after update of state, audio, duration_ms, truncated on story for each row
  when ((old.state = 'kept' and old.audio = 'stored') or (new.state = 'kept' and new.audio = 'stored'))
  execute function card_of_story();
create trigger story_card_told after insert on story for each row
  when (new.state = 'kept' and new.audio = 'stored') execute function card_of_story();
