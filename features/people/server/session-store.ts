import { sql } from 'kysely';
import type { Tx } from '#platform/server/db.ts';
import type { Row } from '#platform/server/tables.ts';

export type SessionRow = Row<'people_session'>;
export type TokenRow = Row<'people_token'>;

export async function insertSession(tx: Tx, row: SessionRow) {
  await tx.insertInto('people_session').values(row).execute();
}
/** The session of a token hash, if its person still works here. */
export function findSession(tx: Tx, tokenHash: Buffer) {
  return tx
    .selectFrom('people_session')
    .innerJoin('people_person', 'people_person.id', 'people_session.person_id')
    .selectAll('people_session')
    .select((eb) => [
      eb.ref('people_person.name').as('person_name'),
      eb.ref('people_person.email').as('person_email'),
      eb.ref('people_person.active_from').as('person_from'),
      eb.ref('people_person.factor_id').as('person_factor'),
      eb.ref('people_person.in_doubt_since').as('person_doubt'),
      eb.ref('people_person.in_doubt_by').as('person_doubt_by'),
      eb.ref('people_person.invitation_id').as('person_invitation'),
      eb.ref('people_person.seal').as('person_seal'),
    ])
    .where('people_session.token_hash', '=', tokenHash)
    .where('people_person.active_to', 'is', null)
    .executeTakeFirst();
}
export function findOwnSession(tx: Tx, { id, personId }: { id: string; personId: string }) {
  return tx.selectFrom('people_session').selectAll().where('id', '=', id).where('person_id', '=', personId).executeTakeFirst();
}
/** Locks the row: its seal covers all of it, so two changes at once must not each seal what the other did not see. */
export function lockOwnSession(tx: Tx, { id, personId }: { id: string; personId: string }) {
  return tx
    .selectFrom('people_session')
    .selectAll()
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}
export function lockSessionsOf(tx: Tx, personId: string) {
  return tx.selectFrom('people_session').selectAll().where('person_id', '=', personId).where('ended_at', 'is', null).orderBy('id').forUpdate().execute();
}
/** Those that have not come to their end, locked. */
export function lockOpenSessionsOf(tx: Tx, personId: string, now: Date) {
  return tx
    .selectFrom('people_session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .forUpdate()
    .execute();
}
/** Newest first. `idleSince` is when a browser must have been seen last. */
export function listSessions(
  tx: Tx,
  personId: string,
  { now, idleSince, before, limit }: { now: Date; idleSince: Date; before: { at: Date; id: string } | undefined; limit: number },
) {
  return tx
    .selectFrom('people_session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .where((eb) => eb.or([eb('kind', '=', 'command-line'), eb('seen_at', '>', idleSince)]))
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(started_at, id) < (${before?.at}::timestamptz, ${before?.id})`))
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
export async function changeSession(
  tx: Tx,
  { id, strong_at, proved_at, ended_at, seal }: Pick<SessionRow, 'id' | 'strong_at' | 'proved_at' | 'ended_at' | 'seal'>,
) {
  await tx.updateTable('people_session').set({ strong_at, proved_at, ended_at, seal }).where('id', '=', id).execute();
}
export async function touchSession(tx: Tx, id: string, at: Date) {
  await tx.updateTable('people_session').set({ seen_at: at }).where('id', '=', id).execute();
}
export async function isKnownAddress(tx: Tx, { personId, addressIndex, since }: { personId: string; addressIndex: Buffer; since: Date }): Promise<boolean> {
  return (
    (await tx
      .selectFrom('people_session')
      .select('id')
      .where('person_id', '=', personId)
      .where('address_index', '=', addressIndex)
      .where('started_at', '>', since)
      .limit(1)
      .executeTakeFirst()) !== undefined
  );
}
export async function dropSessions(tx: Tx, expiredBefore: Date) {
  await tx.deleteFrom('people_session').where('expires_at', '<', expiredBefore).execute();
}

export async function insertToken(tx: Tx, row: Omit<TokenRow, 'used_at'>) {
  await tx.insertInto('people_token').values(row).execute();
}
export function findToken(tx: Tx, tokenHash: Buffer) {
  return tx.selectFrom('people_token').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst();
}
export function lockToken(tx: Tx, id: string) {
  return tx.selectFrom('people_token').selectAll().where('id', '=', id).where('ended_at', 'is', null).forUpdate().executeTakeFirst();
}
export function lockTokensOf(tx: Tx, personId: string) {
  return tx.selectFrom('people_token').selectAll().where('created_by', '=', personId).where('ended_at', 'is', null).orderBy('id').forUpdate().execute();
}
export function listTokens(tx: Tx, { before, limit }: { before: { at: Date; id: string } | undefined; limit: number }) {
  return tx
    .selectFrom('people_token')
    .selectAll()
    .where('ended_at', 'is', null)
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(created_at, id) < (${before?.at}::timestamptz, ${before?.id})`))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
export async function closeToken(tx: Tx, { id, ended_at, seal }: Pick<TokenRow, 'id' | 'ended_at' | 'seal'>) {
  await tx.updateTable('people_token').set({ ended_at, seal }).where('id', '=', id).execute();
}
export async function touchToken(tx: Tx, id: string, at: Date) {
  await tx.updateTable('people_token').set({ used_at: at }).where('id', '=', id).execute();
}

interface Try {
  readonly key: Buffer;
  readonly now: Date;
  readonly forgetBefore: Date;
  /** One try is forgotten for each of these since the last. */
  readonly easeMs: number;
  /** Milliseconds to wait after one try, two tries, and so on; the last for all beyond. */
  readonly waits: readonly number[];
  /** A last try that lies further ahead was counted by a clock that ran ahead: nobody waits for that time to come. */
  readonly slackMs: number;
}
/** Counts a try before it is made, in one statement: of a thousand guesses at once, only the free ones are made. False while one has to wait. */
export async function countTry(tx: Tx, { key, now, forgetBefore, easeMs, waits, slackMs }: Try): Promise<boolean> {
  const eased = sql`floor(extract(epoch from ${now}::timestamptz - t.last_at) * 1000 / ${easeMs}::bigint)::integer`;
  const next = sql`case when t.last_at < ${forgetBefore}::timestamptz then 1 else greatest(t.tries - greatest(${eased}, 0), 0) + 1 end`;
  const { rows } = await sql`
    insert into people_try as t (key, tries, last_at, free_at) values (${key}, 1, ${now}, ${now}::timestamptz + ${waits[0]}::integer * interval '1 millisecond')
    on conflict (key) do update set tries = ${next}, last_at = excluded.last_at,
      free_at = excluded.last_at + (${[...waits]}::integer[])[least(${next}, ${waits.length}::integer)] * interval '1 millisecond'
    where t.free_at <= ${now}::timestamptz or t.last_at > ${now}::timestamptz + ${slackMs}::integer * interval '1 millisecond'
    returning tries`.execute(tx);
  return rows.length === 1;
}
/** Takes back one try that was no guess. What has to be waited stays: a right sign-in of one's own buys no guess at another's. */
export async function takeBackTry(tx: Tx, key: Buffer) {
  await tx
    .updateTable('people_try')
    .set((eb) => ({ tries: eb.fn<number>('greatest', [eb('tries', '-', 1), eb.lit(0)]) }))
    .where('key', '=', key)
    .execute();
}
export async function forgetTries(tx: Tx, key: Buffer) {
  await tx.deleteFrom('people_try').where('key', '=', key).execute();
}
export async function dropTries(tx: Tx, before: Date) {
  await tx.deleteFrom('people_try').where('last_at', '<', before).execute();
}
