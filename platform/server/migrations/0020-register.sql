-- Names, titles, units, contributors and texts are ciphertext. What stands in clear tells nothing of what a secret is.
create table register_secret (
  id text primary key,
  code_name_sealed bytea not null,
  code_name_index bytea not null,
  title_sealed bytea not null,
  unit_sealed bytea not null,
  contributors_sealed bytea not null,
  tier integer not null check (tier between 1 and 3),
  combination boolean not null,
  stored_in text[] not null,
  used_in text[] not null,
  origin_on date,
  review_on date,
  entered_at timestamptz not null,
  entered_by text not null,
  -- Over the tier: it decides what may leave.
  seal bytea not null
);
create index register_secret_newest on register_secret (entered_at desc, id desc);
create index register_secret_tier on register_secret (tier desc, entered_at desc, id desc);
create index register_secret_code_name on register_secret (code_name_index);
create table register_element (
  id text primary key,
  secret_id text not null references register_secret (id),
  number integer not null,
  heading_sealed bytea not null,
  text_sealed bytea not null,
  added_at timestamptz not null,
  unique (secret_id, number)
);
-- Who answers for a secret, since when; ended, never deleted.
create table register_owner (
  id text primary key,
  secret_id text not null references register_secret (id),
  person_id text not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  seal bytea not null
);
create unique index register_owner_one on register_owner (secret_id) where valid_to is null;
create index register_owner_secret on register_owner (secret_id, valid_from, id);
create index register_owner_person on register_owner (person_id, secret_id);
-- A program that entered a secret may store its documents, for a day.
create table register_registrar (
  id text primary key,
  secret_id text not null references register_secret (id),
  token_id text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  seal bytea not null
);
create index register_registrar_token on register_registrar (token_id, secret_id);

create view register_pub_secret as select id, tier from register_secret;
create view register_pub_owner as
  select secret_id, person_id, valid_from, valid_to,
    jsonb_build_object('table', 'register_owner', 'row', jsonb_build_object('id', id, 'secret_id', secret_id, 'person_id', person_id, 'valid_from', platform_instant(valid_from), 'valid_to', platform_instant(valid_to)), 'seal', encode(seal, 'hex')) as power
  from register_owner;
create view register_pub_registrar as
  select secret_id, token_id, valid_from, valid_to,
    jsonb_build_object('table', 'register_registrar', 'row', jsonb_build_object('id', id, 'secret_id', secret_id, 'token_id', token_id, 'valid_from', platform_instant(valid_from), 'valid_to', platform_instant(valid_to)), 'seal', encode(seal, 'hex')) as power
  from register_registrar;
