-- Which secret each id belongs to, so that the gate decides about any id in one look-up, alike for hidden and absent.
create table gate_subject (
  id text primary key,
  secret_id text not null,
  seal bytea not null
);
create index gate_subject_secret on gate_subject (secret_id);

create table platform_key (
  id text primary key,
  purpose text not null,
  subject text,
  wrapped bytea,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  check ((wrapped is null) = (destroyed_at is not null))
);
create unique index platform_key_once on platform_key (purpose, subject) nulls not distinct;

-- One row: which root key this database belongs to, and the name of its log.
create table platform_installation (
  single boolean primary key default true check (single),
  root_check bytea not null,
  origin text not null,
  created_at timestamptz not null
);

create table platform_ticket (
  hash bytea primary key,
  kind text not null,
  session_id text not null,
  payload jsonb not null,
  -- What was recorded with it: it is good only while that entry stands.
  entry_id text not null,
  expires_at timestamptz not null,
  seal bytea not null
);
create index platform_ticket_expiry on platform_ticket (expires_at);

create table platform_idempotency (
  actor_id text not null,
  key text not null,
  operation text not null,
  input_mac bytea not null,
  ids jsonb not null default '{}',
  created_at timestamptz not null,
  primary key (actor_id, key)
);
create index platform_idempotency_age on platform_idempotency (created_at);

create table platform_cursor (
  reaction text primary key,
  position bigint not null
);
create table platform_parked (
  reaction text not null,
  entry_index bigint not null,
  tries integer not null,
  code text not null,
  parked_at timestamptz not null,
  next_at timestamptz not null,
  primary key (reaction, entry_index)
);

-- Entries that committed with their change and wait for their place in the tree.
create table ledger_outbox (
  ordinal bigint generated always as identity primary key,
  id text not null unique,
  type text not null,
  at timestamptz not null,
  leaf bytea not null,
  seal bytea not null
);
-- A trigger that somebody added could take rows away without an error.
create function ledger_assert_kept(kept bigint, written bigint) returns void language plpgsql as $$
begin
  if kept <> written then raise exception 'the outbox did not keep what was written into it'; end if;
end $$;
create table ledger_entry (
  index bigint primary key,
  ordinal bigint not null unique,
  id text not null unique,
  type text not null,
  at timestamptz not null,
  leaf bytea not null,
  digest bytea not null
);
create index ledger_entry_type on ledger_entry (type, index);
-- Which persons, secrets and documents an entry speaks of, for timelines: read from its leaf as it gets its place.
create table ledger_about (
  subject text not null,
  ordinal bigint not null,
  primary key (subject, ordinal)
);
create index ledger_about_ordinal on ledger_about (ordinal);
create table ledger_disclosure (
  entry_id text not null,
  name text not null,
  kind text not null check (kind in ('personal', 'secret')),
  subject text not null,
  sealed bytea not null,
  primary key (entry_id, name)
);
create index ledger_disclosure_subject on ledger_disclosure (subject);
create table ledger_tile (
  level integer not null,
  index bigint not null,
  width integer not null check (width between 1 and 256),
  hashes bytea not null,
  primary key (level, index)
);
create table ledger_checkpoint (
  size bigint primary key,
  root bytea not null,
  note text not null,
  at timestamptz not null
);
-- Rows whose seal did not hold: kept, shown, never sequenced.
create table ledger_rejected (
  ordinal bigint primary key,
  id text not null,
  leaf bytea not null,
  found_at timestamptz not null
);

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed';
end $$;
create trigger ledger_entry_fixed before update or delete on ledger_entry for each row execute function ledger_refuse_change();
create trigger ledger_entry_kept before truncate on ledger_entry for each statement execute function ledger_refuse_change();
create trigger ledger_checkpoint_fixed before update or delete on ledger_checkpoint for each row execute function ledger_refuse_change();
create trigger ledger_checkpoint_kept before truncate on ledger_checkpoint for each statement execute function ledger_refuse_change();

-- Instants in the one spelling in which sealed rows have them.
create function platform_instant(at timestamptz) returns text language sql immutable
  return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
