import { sql } from 'kysely';
import type { Tx } from '../db.ts';

/** Names of tables begin with the part of the program whose they are, these or a feature; what else lies in the schema is somebody else's, such as an extension's. */
export const namesOfTables = (features: readonly string[]) => `^(${['gate', 'ledger', 'platform', ...features].join('|')})_`;
/** All triggers that the migrations make, with what they run. */
const TRIGGERS = ['ledger_checkpoint_fixed', 'ledger_checkpoint_kept', 'ledger_entry_fixed', 'ledger_entry_kept'];
const TRIGGER_FUNCTION = { name: 'ledger_refuse_change', sha256: 'c3a435fea5915832249e2d546714bbc03b83d2403e797710880b801dd06b5392' };
/** Ordinary views; what decides of power reads tables. */
const VIEWS = ['people_pub_person', 'people_pub_role', 'register_pub_owner', 'register_pub_registrar', 'register_pub_secret'];

/**
 * What in the database may show one statement other rows than the next, or do more than it was told, and was not made by a migration: policies, rules, triggers, a
 * view in place of a table, a schema before ours. Answers the first that was found, undefined where there is none.
 */
export async function findSchemaChange(tx: Tx, features: readonly string[]): Promise<string | undefined> {
  const { rows } = await sql<{ kind: string; name: string; extra: string }>`
    with ours as (
      select oid, relname::text as name, relkind, relrowsecurity from pg_class where relnamespace = current_schema()::regnamespace and relname ~ ${namesOfTables(features)}
    )
    select 'policy' as kind, ours.name, '' as extra from ours where relrowsecurity or exists (select from pg_policy where polrelid = ours.oid)
    union all select 'rule', ours.name, '' from ours join pg_rewrite on ev_class = ours.oid where relkind <> 'v'
    union all select 'view', ours.name, '' from ours where relkind in ('v', 'm', 'f')
    union all select 'trigger', tgname::text, tgenabled::text || proname::text || ' ' || encode(sha256(convert_to(prosrc, 'UTF8')), 'hex')
      from ours join pg_trigger on tgrelid = ours.oid join pg_proc on pg_proc.oid = tgfoid where not tgisinternal`.execute(tx);
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  const known = `O${TRIGGER_FUNCTION.name} ${TRIGGER_FUNCTION.sha256}`;
  if (of('policy').length > 0) return 'policy';
  if (of('rule').length > 0) return 'rule';
  if (of('view').some(({ name }) => !VIEWS.includes(name))) return 'view';
  const triggers = of('trigger');
  // Nothing of ours is in the schema that names are looked for in first.
  if (triggers.length === 0) return 'schema';
  if (triggers.length !== TRIGGERS.length || triggers.some(({ name, extra }) => !TRIGGERS.includes(name) || extra !== known)) return 'trigger';
  return undefined;
}
