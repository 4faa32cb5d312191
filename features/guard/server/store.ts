import { sql } from 'kysely';
import { anyOf, type Tx } from '#platform/server/db.ts';
import type { Gate, Power } from '#platform/server/gate.ts';
import type { Row } from '#platform/server/tables.ts';

export type FingerprintRow = Row<'guard_fingerprint'>;
export type InspectionRecord = Row<'guard_inspection'>;
export type MatchRecord = Row<'guard_match'>;
/** Matches of one inspection that are kept at most. */
export const KEPT = 500;

/** Queued once, however often the ledger tells of it. */
export async function queueFingerprint(
  tx: Tx,
  source: { id: string; lineage: string; secretId: string; elementNumber: number | null; at: Date; seal: Buffer },
) {
  await tx
    .insertInto('guard_fingerprint')
    .values({
      source_id: source.id,
      lineage: source.lineage,
      secret_id: source.secretId,
      element_number: source.elementNumber,
      state: 'pending',
      queued_at: source.at,
      seal: source.seal,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
export function findFingerprint(tx: Tx, sourceId: string) {
  return tx.selectFrom('guard_fingerprint').selectAll().where('source_id', '=', sourceId).executeTakeFirst();
}
/** The document of each version; an element is its own. */
export async function findLineages(tx: Tx, sourceIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.selectFrom('guard_fingerprint').select(['source_id', 'lineage']).where('source_id', '=', anyOf(sourceIds)).execute();
  return new Map(rows.map((row) => [row.source_id, row.lineage]));
}
export async function keepFingerprint(
  tx: Tx,
  sourceId: string,
  built: { state: string; reason: string | null; unread: string[]; sealed: Buffer; at: Date; seal: Buffer },
): Promise<boolean> {
  const { state, reason, unread, sealed, at, seal } = built;
  const { numUpdatedRows } = await tx
    .updateTable('guard_fingerprint')
    .set({ state, reason, unread, sealed, built_at: at, seal })
    .where('source_id', '=', sourceId)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
export async function markPending(tx: Tx, sourceId: string, seal: Buffer) {
  await tx
    .updateTable('guard_fingerprint')
    .set({ state: 'pending', sealed: null, seal })
    .where('source_id', '=', sourceId)
    .where('state', '<>', 'pending')
    .execute();
}
/** Those that were read, with or without success, by id. */
export function listBuilt(tx: Tx, { after, limit }: { after: string; limit: number }) {
  return tx
    .selectFrom('guard_fingerprint')
    .select(['source_id', 'secret_id', 'state'])
    .where('state', '<>', 'pending')
    .where('source_id', '>', after)
    .orderBy('source_id')
    .limit(limit)
    .execute();
}
export function listBuiltSince(tx: Tx, since: Date | undefined) {
  return tx
    .selectFrom('guard_fingerprint')
    .select(['source_id', 'built_at'])
    .where('state', '<>', 'pending')
    .$if(since !== undefined, (query) => query.where('built_at', '>=', since!))
    .execute();
}
export function listToKnow(tx: Tx, sourceIds: readonly string[]) {
  return tx
    .selectFrom('guard_fingerprint')
    .select(['source_id', 'lineage', 'secret_id', 'element_number', 'queued_at', 'state', 'sealed', 'seal'])
    .where('source_id', '=', anyOf(sourceIds))
    .where('state', '<>', 'pending')
    .execute();
}
export async function isAnyPending(tx: Tx): Promise<boolean> {
  return (await tx.selectFrom('guard_fingerprint').select('source_id').where('state', '=', 'pending').limit(1).executeTakeFirst()) !== undefined;
}
const LATE_AT_ONCE = 500;
/** The longest waiting first. */
export function listPendingSince(tx: Tx, before: Date) {
  return tx
    .selectFrom('guard_fingerprint')
    .selectAll()
    .where('state', '=', 'pending')
    .where('queued_at', '<', before)
    .orderBy('queued_at')
    .limit(LATE_AT_ONCE)
    .execute();
}
export function listOfSecret(
  tx: Tx,
  secretId: string,
  { among, after, limit }: { among: readonly string[] | undefined; after: string | undefined; limit: number },
) {
  return tx
    .selectFrom('guard_fingerprint')
    .select(['source_id', 'lineage', 'element_number', 'state', 'reason', 'unread'])
    .where('secret_id', '=', secretId)
    .$if(among !== undefined, (query) => query.where('source_id', '=', anyOf(among!)))
    .$if(after !== undefined, (query) => query.where('source_id', '>', after!))
    .orderBy('source_id')
    .limit(limit)
    .execute();
}
/** All of a secret, of each no more than tells whether it can be matched. */
export function listStates(tx: Tx, secretId: string) {
  return tx
    .selectFrom('guard_fingerprint')
    .select(['source_id', 'state', sql<boolean>`reason is not null or unread <> '{}'`.as('is_partial')])
    .where('secret_id', '=', secretId)
    .execute();
}

export interface Unrecognised {
  readonly secret_id: string;
  readonly powers: Power[];
  readonly has_sources: boolean;
  readonly is_pending: boolean;
}
/** A page of the secrets that somebody may know of and that have no fingerprints at all, by id. */
export async function listUnrecognised(tx: Tx, { known, after, limit }: { known: ReturnType<Gate['known']>; after: string | undefined; limit: number }) {
  const { rows } = await sql<Unrecognised>`
    select secret.id as secret_id, known.powers, source.has_sources, source.is_pending
    from register_pub_secret secret cross join ${known} known cross join lateral (
      select count(*) > 0 as has_sources, coalesce(bool_or(f.state = 'pending'), false) as is_pending, coalesce(bool_or(f.state = 'ready'), false) as is_ready
      from guard_fingerprint f where f.secret_id = secret.id
    ) source
    where not source.is_ready and secret.id > ${after ?? ''}
    order by secret.id limit ${limit}`.execute(tx);
  return rows;
}

export async function insertInspection(tx: Tx, row: InspectionRecord) {
  await tx.insertInto('guard_inspection').values(row).execute();
}
export async function insertMatches(tx: Tx, rows: readonly (Omit<MatchRecord, 'passages'> & { passages: unknown })[]) {
  if (rows.length === 0) return;
  await tx
    .insertInto('guard_match')
    .values(rows.map((row) => ({ ...row, passages: JSON.stringify(row.passages) })))
    .execute();
}
export interface Before {
  readonly at: string;
  readonly id: string;
}
export function listInspections(tx: Tx, { verdict, before, limit }: { verdict: string | undefined; before: Before | undefined; limit: number }) {
  return tx
    .selectFrom('guard_inspection')
    .selectAll()
    .$if(verdict !== undefined, (query) => query.where('verdict', '=', verdict!))
    .$if(before !== undefined, (query) => query.where((eb) => eb(eb.refTuple('at', 'id'), '<', eb.tuple(new Date(before!.at), before!.id))))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}
export function findInspection(tx: Tx, id: string) {
  return tx.selectFrom('guard_inspection').selectAll().where('id', '=', id).executeTakeFirst();
}
/** Whatever its verdict: that may have been changed. Ids are random, so that they are one or none but for a rare chance. */
export function listByBeginning(tx: Tx, beginning: string) {
  return tx
    .selectFrom('guard_inspection')
    .selectAll()
    .where('id', '>=', beginning)
    .where('id', '<=', beginning + 'z'.repeat(26))
    .where(sql<boolean>`left(id, ${beginning.length}) = ${beginning}`)
    .orderBy('at', 'desc')
    .limit(10)
    .execute();
}
/** By the index of the matches of one secret alone: it may have matched a handful of times among millions. */
export async function listExposure(tx: Tx, secretId: string, { before, limit }: { before: Before | undefined; limit: number }): Promise<InspectionRecord[]> {
  const beyond = before ? sql`(at, inspection_id) < (${before.at}::timestamptz, ${before.id})` : sql`true`;
  const { rows } = await sql<InspectionRecord>`
    select inspection.* from (
      select distinct at, inspection_id from guard_match where secret_id = ${secretId} and ${beyond} order by at desc, inspection_id desc limit ${limit}
    ) matched join guard_inspection inspection on inspection.id = matched.inspection_id
    order by matched.at desc, matched.inspection_id desc`.execute(tx);
  return rows;
}
/** Of the matches of one secret the one that holds most, without its passages. */
export interface MatchedSecret extends Omit<MatchRecord, 'passages' | 'passages_seal'> {
  /** All matches of the inspection. */
  readonly kept: number;
}
/** The secrets that matched in each of these, those of most characters first. */
export async function listMatchedSecrets(tx: Tx, inspectionIds: readonly string[]): Promise<MatchedSecret[]> {
  const { rows } = await sql<MatchedSecret>`
    select * from (
      select distinct on (inspection_id, secret_id) inspection_id, source_id, secret_id, element_number, confidence, characters, whole, at, seal,
        (count(*) over (partition by inspection_id))::integer as kept
      from guard_match where inspection_id = any(${[...inspectionIds]}::text[])
      order by inspection_id, secret_id, characters desc, source_id
    ) matched order by characters desc, secret_id`.execute(tx);
  return rows;
}
export interface NotClear extends Omit<InspectionRecord, 'seal'> {
  readonly kept: number;
  /** Secret and characters of each match, as far as they are compared. */
  readonly matched: readonly string[];
}
/** Those that were not clear, by id, with their matches, `most` at most. However many somebody puts in, some more than are ever kept are counted. */
export async function listNotClear(tx: Tx, { after, limit, most }: { after: string; limit: number; most: number }): Promise<NotClear[]> {
  const { rows } = await sql<NotClear>`
    select inspection.id, inspection.at, actor_id, exit, verdict, action, bytes, unread, matches, found.kept, found.matched
    from (select * from guard_inspection where verdict <> 'clear' and id > ${after} order by id limit ${limit}) inspection
    cross join lateral (
      select count(*)::integer as kept, coalesce((array_agg(secret_id || ' ' || characters))[1:${sql.lit(most)}], '{}') as matched
      from (select secret_id, characters from guard_match where inspection_id = inspection.id limit ${KEPT + 1}) one
    ) found
    order by inspection.id`.execute(tx);
  return rows;
}
/** Matches of one inspection in these secrets, those of most characters first. */
export function listMatches(tx: Tx, inspectionId: string, { secretIds, limit }: { secretIds: readonly string[]; limit: number }) {
  return tx
    .selectFrom('guard_match')
    .selectAll()
    .where('inspection_id', '=', inspectionId)
    .where('secret_id', '=', anyOf(secretIds))
    .orderBy('characters', 'desc')
    .orderBy('source_id')
    .limit(limit)
    .execute();
}
/** The match of a document, by whichever of its versions matched. */
export function findMatchOfDocument(tx: Tx, inspectionId: string, { secretId, documentId }: { secretId: string; documentId: string }) {
  return tx
    .selectFrom('guard_match')
    .innerJoin('guard_fingerprint', 'guard_fingerprint.source_id', 'guard_match.source_id')
    .selectAll('guard_match')
    .where('guard_match.inspection_id', '=', inspectionId)
    .where('guard_match.secret_id', '=', secretId)
    .where('guard_match.element_number', 'is', null)
    .where('guard_fingerprint.lineage', '=', documentId)
    .orderBy('guard_match.characters', 'desc')
    .limit(1)
    .executeTakeFirst();
}
export function findMatch(tx: Tx, inspectionId: string, sourceId: string) {
  return tx.selectFrom('guard_match').selectAll().where('inspection_id', '=', inspectionId).where('source_id', '=', sourceId).executeTakeFirst();
}
