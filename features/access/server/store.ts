import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '#platform/server/db.ts';
import type { Power } from '#platform/server/gate.ts';
import type { Row } from '#platform/server/tables.ts';

export type GrantRow = Row<'access_grant'>;
export interface Conditions {
  readonly held: string[];
  readonly powers: Power[];
  readonly know: boolean;
  readonly open: boolean;
  readonly own: boolean;
}

/** Which secret an id belongs to, and what the rule says of that secret; of none, where there is no such id: hidden and absent cost the same. */
export async function findSubject(tx: Tx, { who, id, at }: { who: string; id: string; at: Date }) {
  const { rows } = await sql<Conditions & { secret_id: string | null; seal: Buffer | null }>`
    select subject.secret_id, subject.seal, rule.* from (select 1) as always left join gate_subject subject on subject.id = ${id}
    cross join lateral access_conditions(${who}, coalesce(subject.secret_id, ''), ${at}) rule`.execute(tx);
  return rows[0]!;
}
export async function listConditions(tx: Tx, { whos, what, at }: { whos: readonly string[]; what: string; at: Date }) {
  const { rows } = await sql<Conditions & { who: string }>`
    select asked.who, rule.* from unnest(${whos}::text[]) as asked (who) cross join lateral access_conditions(asked.who, ${what}, ${at}) rule`.execute(tx);
  return rows;
}
/**
 * As a table within a statement. Most secrets are no candidates for most people: what a set of ids that is read once does not hold is not asked about.
 */
export function knownOf({ who, what, at }: { who: string; what: RawBuilder<unknown>; at: Date }): RawBuilder<{ powers: Power[]; open: boolean; own: boolean }> {
  return sql`lateral (
    select c.powers, c.open, c.own from access_conditions(${who}, ${what}, ${at}) c where c.know and (
      ${what} in (select secret_id from access_candidates(${who}))
      or exists (select from people_pub_role r where r.person_id = ${who} and r.role = 'counsel' and r.valid_from <= ${at} and (r.valid_to is null or r.valid_to > ${at}))
    )
  )`;
}
export async function findKnown(tx: Tx, { who, secretIds, at }: { who: string; secretIds: readonly string[]; at: Date }) {
  if (secretIds.length === 0) return [];
  const known = knownOf({ who, what: sql.ref('secret.id'), at });
  const { rows } = await sql<Pick<Conditions, 'powers' | 'open' | 'own'> & { secretId: string }>`
    select secret.id as "secretId", known.* from unnest(${secretIds}::text[]) as secret (id) cross join ${known} known`.execute(tx);
  return rows;
}
/** What the seal of each row of power covers: no other table gives any. */
const POWERS: Readonly<Record<string, readonly string[]>> = {
  access_grant: ['id', 'secret_id', 'person_id', 'valid_from', 'valid_to', 'revoked_at'],
  people_role: ['id', 'person_id', 'role', 'valid_from', 'valid_to'],
  register_owner: ['id', 'secret_id', 'person_id', 'valid_from', 'valid_to'],
  register_registrar: ['id', 'secret_id', 'token_id', 'valid_from', 'valid_to'],
};
/** A row that may give power, with its sealed columns, instants as text. */
export interface PowerRow {
  readonly table: string;
  readonly row: { readonly id: string } & Readonly<Record<string, string | null>>;
  readonly seal: Buffer;
}
/**
 * Reads the rows themselves. With `hold` they are held until commit: who ends one of them waits, or is seen. Always in one order and with the strongest
 * lock at once, so that no two who hold the same rows wait for each other.
 */
export async function readPowers(tx: Tx, powers: readonly Power[], hold: false | 'use' | 'change'): Promise<PowerRow[]> {
  const lock = hold === 'change' ? sql`for no key update` : hold === 'use' ? sql`for share` : sql``;
  const read: PowerRow[] = [];
  for (const [table, columns] of Object.entries(POWERS)) {
    const ids = [...new Set(powers.filter((power) => power.table === table).map(({ row }) => row.id))];
    if (ids.length === 0) continue;
    const { rows } = await sql<
      Record<string, unknown> & { seal: Buffer }
    >`select * from ${sql.table(table)} where id = any(${ids}::text[]) order by id ${lock}`.execute(tx);
    for (const { seal, ...row } of rows)
      read.push({ table, seal, row: Object.fromEntries(columns.map((name) => [name, asText(row[name])])) as PowerRow['row'] });
  }
  return read;
}
function asText(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : null;
}

export async function insertGrant(
  tx: Tx,
  grant: { id: string; secretId: string; personId: string; reasonSealed: Buffer; from: Date; to: Date; by: string; seal: Buffer },
) {
  await tx
    .insertInto('access_grant')
    .values({
      id: grant.id,
      secret_id: grant.secretId,
      person_id: grant.personId,
      reason_sealed: grant.reasonSealed,
      valid_from: grant.from,
      valid_to: grant.to,
      granted_by: grant.by,
      seal: grant.seal,
    })
    .execute();
}
/** Locks the row, so that of two who end one grant at once only the first succeeds. */
export function lockGrant(tx: Tx, id: string) {
  return tx.selectFrom('access_grant').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}
export async function endGrant(tx: Tx, id: string, { at, reasonSealed, seal }: { at: Date; reasonSealed: Buffer; seal: Buffer }) {
  await tx.updateTable('access_grant').set({ revoked_at: at, end_reason_sealed: reasonSealed, seal }).where('id', '=', id).execute();
}
export function findLiveGrant(tx: Tx, { secretId, personId, at }: { secretId: string; personId: string; at: Date }) {
  return tx
    .selectFrom('access_grant')
    .select('id')
    .where('secret_id', '=', secretId)
    .where('person_id', '=', personId)
    .where('valid_to', '>', at)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}
/** Those of a person that have not ended; locked, so that one that is ended at this moment is not ended twice. */
export function lockGrantsOf(tx: Tx, personId: string, at: Date) {
  return tx
    .selectFrom('access_grant')
    .selectAll()
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .where('valid_to', '>', at)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}
/** Serialises grants of one person to one secret, where there is no row yet to lock. */
export async function lockPair(tx: Tx, secretId: string, personId: string) {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${secretId} ${personId}`}, 0))`.execute(tx);
}
export function findActivePerson(tx: Tx, id: string, at: Date) {
  return tx
    .selectFrom('people_pub_person')
    .select(['id', 'name'])
    .where('id', '=', id)
    .where('active_from', '<=', at)
    .where((eb) => eb.or([eb('active_to', 'is', null), eb('active_to', '>', at)]))
    .executeTakeFirst();
}
/** Those that hold, or with `ended` the others; the newest first. */
export function listGrants(
  tx: Tx,
  secretId: string,
  { ended, at, after, limit }: { ended: boolean; at: Date; after: { from: Date; id: string } | undefined; limit: number },
) {
  return tx
    .selectFrom('access_grant')
    .selectAll()
    .where('secret_id', '=', secretId)
    .$if(!ended, (query) => query.where('revoked_at', 'is', null).where('valid_to', '>', at))
    .$if(ended, (query) => query.where((eb) => eb.or([eb('revoked_at', 'is not', null), eb('valid_to', '<=', at)])))
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple('valid_from', 'id'), '<', eb.tuple(after!.from, after!.id))))
    .orderBy('valid_from', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export function listUnrevoked(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('access_grant')
    .select(['id', 'secret_id', 'person_id', 'valid_to'])
    .where('revoked_at', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}
