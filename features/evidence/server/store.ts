import { sql } from 'kysely';
import { anyOf, type Tx } from '#platform/server/db.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { outboxSeal, subjectsOf } from '#platform/server/ledger/outbox.ts';
import { sealHolds } from '#platform/server/seals.ts';

export interface EntryRow {
  readonly id: string;
  readonly place: number;
  readonly index: number | null;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}

/**
 * A page of entries that speak of a subject, newest first; those still waiting for their index among them. What only the table says of an entry is not told, and
 * takes its place all the same: `last` is the place that the page reaches down to, undefined where there is nothing behind it.
 */
export async function listAbout(tx: Tx, subject: string, { keys, before, limit }: { keys: KeyRing; before: number | undefined; limit: number }) {
  // Before those that have their place: one that gets it meanwhile is found twice, not missed.
  const waiting = await sql<EntryRow & { seal: Buffer }>`
    select id, ordinal as place, null as index, type, at, leaf, seal from ledger_outbox
    where ordinal < ${before ?? Number.MAX_SAFE_INTEGER} order by ordinal desc limit ${WAITING_MOST}`.execute(tx);
  const placed = await sql<EntryRow>`
    select entry.id, entry.ordinal as place, entry.index, entry.type, entry.at, entry.leaf
    from ledger_about about join ledger_entry entry on entry.ordinal = about.ordinal
    where about.subject = ${subject} and about.ordinal < ${before ?? Number.MAX_SAFE_INTEGER} order by about.ordinal desc limit ${limit}`.execute(tx);
  const sound = waiting.rows.filter((row) => isOurs(keys, row) && subjectsOf(row.leaf).includes(subject));
  const byPlace = new Map([...sound, ...placed.rows].map((row) => [row.place, row]));
  const found = [...byPlace.values()].toSorted((a, b) => b.place - a.place);
  const isMore = found.length > limit || placed.rows.length === limit;
  const page = found.slice(0, limit);
  return { rows: page.filter(({ leaf }) => subjectsOf(leaf).includes(subject)), last: isMore ? page.at(-1)!.place : undefined };
}
/** As many as are looked through; more wait only while the ledger stands still, and `/readyz` says so. */
const WAITING_MOST = 1000;
export function listDisclosures(tx: Tx, entryIds: readonly string[]) {
  return tx.selectFrom('ledger_disclosure').selectAll().where('entry_id', '=', anyOf(entryIds)).execute();
}
/** The entry by which each of these came to be: the first that speaks of it. */
export async function listFirst(tx: Tx, ids: readonly string[]): Promise<(EntryRow & { subject: string })[]> {
  const { rows } = await sql<EntryRow & { subject: string }>`
    select thing.id as subject, entry.id, entry.ordinal as place, entry.index, entry.type, entry.at, entry.leaf
    from unnest(${ids}::text[]) thing (id)
    cross join lateral (select ordinal from ledger_about where subject = thing.id order by ordinal limit 1) first
    join ledger_entry entry on entry.ordinal = first.ordinal`.execute(tx);
  return rows;
}
export function listEntries(tx: Tx, { before, limit }: { before: number | undefined; limit: number }) {
  return tx
    .selectFrom('ledger_entry')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('index', '<', before!))
    .orderBy('index', 'desc')
    .limit(limit)
    .execute();
}
/** What the program itself put there, the newest first. */
export async function listWaiting(tx: Tx, { keys, limit }: { keys: KeyRing; limit: number }) {
  const rows = await tx.selectFrom('ledger_outbox').select(['id', 'type', 'at', 'leaf', 'seal']).orderBy('ordinal', 'desc').limit(limit).execute();
  return rows.filter((row) => isOurs(keys, row));
}
/** Looked at before anything is read of it: of another row nothing is known, not even that it can be read. */
function isOurs(keys: KeyRing, row: { id: string; type: string; at: Date; leaf: Buffer; seal: Buffer }): boolean {
  return sealHolds(keys, 'ledger_outbox', outboxSeal(row), row.seal);
}
export function findCheckpoint(tx: Tx) {
  return tx.selectFrom('ledger_checkpoint').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
}
export async function countWaiting(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('ledger_outbox')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
export function findEntry(tx: Tx, index: number) {
  return tx.selectFrom('ledger_entry').selectAll().where('index', '=', index).executeTakeFirst();
}
export function findTile(tx: Tx, level: number, index: number) {
  return tx.selectFrom('ledger_tile').select('hashes').where('level', '=', level).where('index', '=', index).executeTakeFirst();
}
export function findOrigin(tx: Tx) {
  return tx.selectFrom('platform_installation').select('origin').executeTakeFirstOrThrow();
}
