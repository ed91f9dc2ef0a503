-- concurrently
create index concurrently call_silent on call (greeting_release) where silent;
