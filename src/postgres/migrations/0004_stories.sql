-- Stories, the parts in which they were recorded, and their words.

-- One telling ("take") of a story in one call. `state` is what the patient decided, `audio` where the sound is.
--   state:  open --> kept <--> superseded ; any --> deleted
--   audio:  waiting --> stored | discarded
create table story (
  id uuid primary key default housekeeping.new_id(),
  call_id uuid not null references call,
  visit_id uuid not null references visit,
  trust text not null,
  unit text not null,
  take smallint not null check (take >= 1),
  state text not null default 'open' check (state in ('open', 'kept', 'superseded', 'deleted')),
  audio text not null default 'waiting' check (audio in ('waiting', 'stored', 'discarded')),
  discarded_because text check (discarded_because in ('no-speech', 'deleted', 'missing')),
  uri text,
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint check (bytes >= 0),
  duration_ms integer check (duration_ms >= 0),
  speech_ms integer check (speech_ms >= 0),
  truncated boolean,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (call_id, take),
  check ((audio = 'stored') = (uri is not null and sha256 is not null)),
  check ((audio = 'discarded') = (discarded_because is not null))
);
create trigger story_updated_at before update on story for each row execute function set_updated_at();
create unique index story_one_kept_a_call on story (call_id) where state = 'kept';
create index story_visit on story (visit_id);
create index story_waiting on story (call_id) where audio = 'waiting';

-- One file in Asterisk; there before its first sound, so that a crash leaves a trace to sweep up.
create table recording (
  id uuid primary key default housekeeping.new_id(),
  story_id uuid not null references story,
  call_id uuid not null references call,
  trust text not null,
  unit text not null,
  name text not null unique check (name ~ '^[a-z0-9-]{1,64}$'),
  part smallint not null check (part >= 1),
  state text not null default 'recording' check (state in ('recording', 'ended', 'stored', 'discarded')),
  line_duration_ms integer check (line_duration_ms >= 0),   -- as the line said
  line_speech_ms integer check (line_speech_ms >= 0),
  start_ms integer check (start_ms >= 0),                   -- where it begins in the story
  duration_ms integer check (duration_ms >= 0),             -- as the file says
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (story_id, part)
);
create trigger recording_updated_at before update on recording for each row execute function set_updated_at();
create index recording_call on recording (call_id);

create table transcript (
  story_id uuid primary key references story,
  trust text not null,
  unit text not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'no_words', 'failed')),
  engine text,
  model text,
  rough boolean,                            -- for rehearsals only: every place that shows the words says so
  text text,
  words jsonb,
  confidence real check (confidence between 0 and 1),
  failed_because text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  check ((state = 'done') = (text is not null)),
  check ((state = 'waiting') = (engine is null))
);
create trigger transcript_updated_at before update on transcript for each row execute function set_updated_at();
