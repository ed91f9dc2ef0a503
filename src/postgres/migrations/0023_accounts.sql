-- Who signs in to the listening room, and by what. Of passwords, links, codes and cookies only hashes are kept, and the
-- role of the pages, hearback_room, may read none of it. What an account is good for stands in user_grant (0021).

create table housekeeping.user_account (
  id uuid primary key default housekeeping.new_id(),
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 100),
  password_hash text check (password_hash like '$argon2id$%'),       -- null: none yet, or signs in elsewhere (OIDC)
  password_set_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  last_sign_in_at timestamptz,
  ended_at timestamptz,                     -- for good; the same address may have an account again
  check ((password_hash is null) = (password_set_at is null))
);
create unique index user_account_email on housekeeping.user_account (email) where ended_at is null;

-- The link by which a password is set: for a new account, or for one that was reset. A newer one takes its place.
create table housekeeping.invitation (
  user_id uuid primary key references housekeeping.user_account,
  sha256 bytea not null unique check (length(sha256) = 32),           -- of 256 random bits: no salt
  made_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

-- Signs in whoever holds it, once; made in rehearsals only.
create table housekeeping.sign_in_link (
  sha256 bytea primary key check (length(sha256) = 32),
  user_id uuid not null references housekeeping.user_account,
  expires_at timestamptz not null
);

-- The authenticator app on somebody's telephone (TOTP).
create table housekeeping.second_factor (
  user_id uuid primary key references housekeeping.user_account,
  secret_enc bytea not null,
  last_step bigint not null,                -- of the last code that was accepted: no code is good twice
  since timestamptz not null default clock_timestamp()
);

-- For when that telephone is lost; a used one is gone.
create table housekeeping.recovery_code (
  user_id uuid not null references housekeeping.user_account,
  sha256 bytea not null check (length(sha256) = 32),                  -- of 80 random bits
  primary key (user_id, sha256)
);

-- Who an account is to another's sign-in service, from the first time on; e-mail addresses are given to others in time.
create table housekeeping.oidc_identity (
  issuer text not null,
  subject text not null,
  user_id uuid not null references housekeeping.user_account,
  since timestamptz not null default clock_timestamp(),
  primary key (issuer, subject),
  unique (user_id, issuer)
);

create table housekeeping.session (
  id uuid primary key default housekeeping.new_id(),
  user_id uuid not null references housekeeping.user_account,
  sha256 bytea not null unique check (length(sha256) = 32),           -- of the cookie's 256 random bits
  stage text not null check (stage in ('code', 'enrol', 'open')),     -- only an open one shows anything of anybody
  way text not null check (way in ('password', 'oidc', 'link')),
  begun_at timestamptz not null default clock_timestamp(),
  used_at timestamptz not null default clock_timestamp(),             -- to within a minute
  expires_at timestamptz not null,
  address text,                             -- of the browser, for whoever looks at the list of their sessions
  agent text check (length(agent) <= 300),
  enrol_secret_enc bytea,                   -- the second factor that is being set up
  ended_at timestamptz,
  ended_because text check (ended_because in ('signed_out', 'ended', 'password_changed', 'roles_changed',
    'account_ended', 'account_reset', 'went_on')),
  check ((ended_at is null) = (ended_because is null)),
  check (stage = 'enrol' or enrol_secret_enc is null)
);
create index session_of_user on housekeeping.session (user_id, begun_at) where ended_at is null;

-- Wrong passwords and codes, by what was typed (keyed hashes: there need be no such account) and by address.
create table housekeeping.sign_in_tries (
  kind text not null check (kind in ('account', 'address')),
  key_hmac bytea not null check (length(key_hmac) = 32),
  failures integer not null,
  last_at timestamptz not null,
  wait_until timestamptz not null,
  primary key (kind, key_hmac)
);
create index sign_in_tries_last on housekeeping.sign_in_tries (last_at);
