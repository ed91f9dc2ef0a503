-- Who may use the HTTP API, what it answered lately, and what people were told.

create table housekeeping.api_token (
  id uuid primary key default housekeeping.new_id(),
  name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  prefix text not null unique,              -- the token's first half: enough to find it by, worth nothing by itself
  sha256 bytea not null check (length(sha256) = 32),      -- of the whole token, of which 32 bytes are random: no salt
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz                  -- to within a minute
);
create unique index api_token_name on housekeeping.api_token (name) where revoked_at is null;

-- What was answered under an Idempotency-Key; a row without status is a request still under way.
create table housekeeping.api_answer (
  token_id uuid not null references housekeeping.api_token,
  key text not null,
  begun_at timestamptz not null default clock_timestamp(),
  request_hmac bytea,                       -- keyed: a request may hold a telephone number, and those can be guessed
  status smallint,
  content_type text,
  location text,
  body text,
  primary key (token_id, key),
  check ((status is null) = (request_hmac is null))
);
create index api_answer_begun on housekeeping.api_answer (begun_at);

-- What is wrong now, or was; subjects are ids and names of machines, never a person's.
create table housekeeping.alert (
  kind text not null,
  subject text not null,
  since timestamptz not null default clock_timestamp(),
  told_at timestamptz,                      -- null: to be told with the next message of its kind
  resolved_at timestamptz,
  primary key (kind, subject)
);
create index alert_open on housekeeping.alert (kind) where resolved_at is null;

-- Each message as it was sent; a job a channel delivers it.
create table housekeeping.alert_message (
  id uuid primary key default housekeeping.new_id(),
  kind text not null,
  event text not null check (event in ('raised', 'repeated', 'resolved')),
  body jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index alert_message_latest on housekeeping.alert_message (kind, created_at);
