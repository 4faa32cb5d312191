-- What can be matched: a document version or an element, with its keyed fingerprints, sealed.
create table guard_fingerprint (
  source_id text primary key,
  lineage text not null,
  secret_id text not null,
  element_number integer,
  state text not null check (state in ('pending', 'ready', 'empty', 'failed')),
  reason text,
  unread text[] not null default '{}',
  sealed bytea,
  queued_at timestamptz not null,
  built_at timestamptz,
  seal bytea not null
);
create index guard_fingerprint_secret on guard_fingerprint (secret_id, source_id);
create index guard_fingerprint_built on guard_fingerprint (built_at) where state <> 'pending';
create index guard_fingerprint_pending on guard_fingerprint (queued_at) where state = 'pending';

create table guard_inspection (
  id text primary key,
  at timestamptz not null,
  actor_id text not null,
  exit text not null,
  verdict text not null,
  action text not null,
  bytes bigint not null,
  unread text[] not null,
  -- How many are kept.
  matches integer not null,
  seal bytea not null
);
create index guard_inspection_time on guard_inspection (at desc, id desc);
create index guard_inspection_verdict on guard_inspection (verdict, at desc, id desc);
create index guard_inspection_compared on guard_inspection (id) where verdict <> 'clear';
-- Offsets and counts; never text.
create table guard_match (
  inspection_id text not null references guard_inspection (id),
  source_id text not null,
  secret_id text not null,
  element_number integer,
  confidence text not null,
  characters integer not null,
  whole boolean not null default false,
  passages jsonb not null,
  at timestamptz not null,
  seal bytea not null,
  passages_seal bytea not null,
  primary key (inspection_id, source_id)
);
create index guard_match_secret on guard_match (secret_id, at desc, inspection_id desc);
