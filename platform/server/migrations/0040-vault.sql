create table vault_document (
  id text primary key,
  secret_id text not null references register_secret (id),
  created_at timestamptz not null
);
create index vault_document_secret on vault_document (secret_id, id);

create table vault_version (
  id text primary key,
  document_id text not null references vault_document (id),
  number integer not null,
  name_sealed bytea not null,
  bytes bigint not null,
  blob_id text not null,
  key_wrapped bytea,
  manifest jsonb not null,
  -- Keyed, and for this secret alone: whether two secrets hold the same document is not to be seen here.
  digest_index bytea not null,
  stored_at timestamptz not null,
  stored_by text not null,
  unique (document_id, number)
);
create index vault_version_digest on vault_version (digest_index);

-- An upload under way: what is durable of it, in sealed segments.
create table vault_upload (
  id text primary key,
  secret_id text not null references register_secret (id),
  document_id text not null,
  version_id text not null,
  blob_id text not null,
  name_sealed bytea not null,
  declared_bytes bigint not null,
  key_wrapped bytea not null,
  journal jsonb not null default '[]',
  -- Set once all declared bytes are sealed and synced.
  manifest jsonb,
  digest_index bytea,
  begun_by text not null,
  begun_at timestamptz not null,
  touched_at timestamptz not null,
  ended_at timestamptz
);
create index vault_upload_touched on vault_upload (touched_at) where ended_at is null;
