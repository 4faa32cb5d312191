create table access_grant (
  id text primary key,
  secret_id text not null references register_secret (id),
  person_id text not null references people_person (id),
  reason_sealed bytea not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  revoked_at timestamptz,
  end_reason_sealed bytea,
  granted_by text not null,
  seal bytea not null
);
create index access_grant_person on access_grant (person_id, secret_id);
create index access_grant_secret on access_grant (secret_id, valid_from, id);

-- Which conditions each tier asks for: all of `always`, and one of `one_of`. Later conditions are rows and bits, not code.
create table access_need (
  tier integer not null,
  strength text not null check (strength in ('know', 'open', 'own')),
  always text[] not null,
  one_of text[] not null,
  primary key (tier, strength)
);
insert into access_need
  select tier, strength, array['employed', 'confirmed'], one_of
  from generate_series(1, 3) tier,
    (values ('know', array['granted', 'owner', 'counsel', 'registrar']), ('open', array['granted', 'owner', 'registrar']), ('own', array['owner'])) as needs (strength, one_of);

-- Every row that gives somebody a power over a secret at a moment, with the condition that it makes true. Sealed rows, as their owners publish them.
create function access_powers(who text, what text, moment timestamptz) returns table (condition text, power jsonb) language sql stable parallel safe as $$
  select 'owner', o.power from register_pub_owner o
    where o.person_id = who and o.secret_id = what and o.valid_from <= moment and (o.valid_to is null or o.valid_to > moment)
  union all
  select 'granted', jsonb_build_object('table', 'access_grant', 'row', jsonb_build_object('id', g.id, 'secret_id', g.secret_id, 'person_id', g.person_id, 'valid_from', platform_instant(g.valid_from), 'valid_to', platform_instant(g.valid_to), 'revoked_at', platform_instant(g.revoked_at)), 'seal', encode(g.seal, 'hex'))
    from access_grant g
    where g.person_id = who and g.secret_id = what and g.valid_from <= moment and g.valid_to > moment and (g.revoked_at is null or g.revoked_at > moment)
  union all
  select 'counsel', jsonb_build_object('table', 'people_role', 'row', r.power, 'seal', encode(r.seal, 'hex')) from people_pub_role r
    where r.person_id = who and r.role = 'counsel' and r.valid_from <= moment and (r.valid_to is null or r.valid_to > moment)
  union all
  select 'registrar', t.power from register_pub_registrar t
    where t.token_id = who and t.secret_id = what and t.valid_from <= moment and t.valid_to > moment
$$;

-- The one rule: which conditions hold for a person and a secret at a moment, and what they come to. Always one row, made the same way
-- whether the secret is hidden or does not exist.
create function access_conditions(who text, what text, moment timestamptz)
returns table (held text[], powers jsonb, know boolean, open boolean, own boolean) language sql stable parallel safe as $$
  select c.held, c.powers, m.know, m.open, m.own
  from (
    select coalesce(array_agg(distinct p.condition), '{}') || case when who like 'tok\_%' then array['employed', 'confirmed'] else coalesce((
        select case when e.in_doubt_since is null or e.in_doubt_since > moment then array['employed', 'confirmed'] else array['employed'] end
        from people_pub_person e where e.id = who and e.active_from <= moment and (e.active_to is null or e.active_to > moment)
      ), '{}') end as held,
      coalesce(jsonb_agg(p.power), '[]') as powers
    from access_powers(who, what, moment) p
  ) c
  cross join lateral (
    select coalesce(bool_or(c.held @> n.always and c.held && n.one_of) filter (where n.strength = 'know'), false) as know,
      coalesce(bool_or(c.held @> n.always and c.held && n.one_of) filter (where n.strength = 'open'), false) as open,
      coalesce(bool_or(c.held @> n.always and c.held && n.one_of) filter (where n.strength = 'own'), false) as own
    from register_pub_secret s join access_need n on n.tier = s.tier
    where s.id = what
  ) m
$$;

-- The secrets that somebody may have been let in to, by indexes alone; the rule above decides each. Counsel may know of all.
create function access_candidates(who text) returns table (secret_id text) language sql stable parallel safe as $$
  select secret_id from register_pub_owner where person_id = who
  union all select secret_id from access_grant where person_id = who
  union all select secret_id from register_pub_registrar where token_id = who
$$;
