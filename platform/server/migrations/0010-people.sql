-- One row: its presence says that this installation has been set up.
create table people_organisation (
  single boolean primary key default true check (single),
  name text not null,
  set_up_at timestamptz not null
);
-- One row until set up: the one-time code of the newest start, as a hash.
create table people_setup (
  single boolean primary key default true check (single),
  code_hash bytea not null,
  expires_at timestamptz not null,
  tries integer not null default 0,
  seal bytea not null
);

-- Sealed. A row without a good seal may not sign in, has no role in force, and its tokens give nothing.
create table people_person (
  id text primary key,
  name text not null,
  email text not null,
  active_from timestamptz not null,
  active_to timestamptz,
  -- The second factor that is asked for at sign-in: taking its row away does not take it from the person.
  factor_id text,
  -- Since a link that another made set the password, until a second person says that it is she.
  in_doubt_since timestamptz,
  in_doubt_by text,
  -- By which she joined, each one once; null for who set up.
  invitation_id text unique,
  seal bytea not null default ''
);
create unique index people_person_email on people_person (email) where active_to is null;
create index people_person_name on people_person (lower(name), id);

-- Sealed. A role that was taken keeps its row.
create table people_role (
  id text primary key,
  person_id text not null references people_person (id),
  role text not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  seal bytea not null
);
create index people_role_person on people_role (person_id);

-- Sealed but for last_step: the last half minute whose code was used, so that no code is used twice.
create table people_credential (
  id text primary key,
  person_id text not null references people_person (id),
  kind text not null check (kind in ('password', 'totp')),
  held bytea not null,
  created_at timestamptz not null,
  -- Null until the first code has confirmed a second factor.
  active_from timestamptz,
  active_to timestamptz,
  last_step bigint not null default 0,
  seal bytea not null
);
create index people_credential_person on people_credential (person_id);

-- Sealed but for seen_at and address_index (a keyed hash: where a person signs in from is told by the ledger only).
create table people_session (
  id text primary key,
  person_id text not null references people_person (id),
  token_hash bytea not null unique,
  kind text not null check (kind in ('browser', 'command-line')),
  started_at timestamptz not null,
  expires_at timestamptz not null,
  -- When a second factor was last used, and when all that the person has was.
  strong_at timestamptz,
  proved_at timestamptz not null,
  ended_at timestamptz,
  seen_at timestamptz not null,
  address_index bytea not null,
  seal bytea not null
);
create index people_session_person on people_session (person_id, started_at desc, id desc);
create index people_session_age on people_session (expires_at);

-- Sealed but for used_at.
create table people_token (
  id text primary key,
  name text not null,
  permissions text[] not null,
  token_hash bytea not null unique,
  created_by text not null references people_person (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  used_at timestamptz,
  seal bytea not null
);
create index people_token_age on people_token (created_at desc, id desc) where ended_at is null;

-- Sealed. Ended: used, withdrawn, or replaced by a newer one.
create table people_invitation (
  id text primary key,
  code_hash bytea not null unique,
  email text not null,
  name text not null,
  roles text[] not null,
  invited_by text not null references people_person (id),
  expires_at timestamptz not null,
  ended_at timestamptz,
  seal bytea not null
);
create index people_invitation_email on people_invitation (email) where ended_at is null;
create index people_invitation_age on people_invitation (expires_at desc, id desc) where ended_at is null;

-- Sealed. A link by which somebody chooses a new password; ended when used or replaced.
create table people_reset (
  id text primary key,
  person_id text not null references people_person (id),
  code_hash bytea not null unique,
  made_by text not null references people_person (id),
  expires_at timestamptz not null,
  ended_at timestamptz,
  seal bytea not null
);
create index people_reset_person on people_reset (person_id) where ended_at is null;

-- Tries that may have been guesses, under a keyed hash of what was tried: a mistyped mail address may be a password.
create table people_try (
  key bytea primary key,
  tries integer not null,
  last_at timestamptz not null,
  free_at timestamptz not null
);
create index people_try_age on people_try (last_at);

create view people_pub_person as
select id, name, active_from, active_to, in_doubt_since from people_person;

-- `power` is exactly what the seal covers, with instants as text.
create view people_pub_role as
select
  person_id, role, valid_from, valid_to,
  jsonb_build_object(
    'id', id, 'person_id', person_id, 'role', role,
    'valid_from', platform_instant(valid_from),
    'valid_to', platform_instant(valid_to)
  ) as power,
  seal
from people_role;
