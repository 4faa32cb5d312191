import { sql } from 'kysely';
import type { Tx } from '#platform/server/db.ts';

export interface EntryRow {
  readonly id: string;
  readonly place: number;
  readonly index: number | null;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}

/** Entries that speak of a subject, newest first; those still waiting for their index among them. */
export async function listAbout(tx: Tx, subject: string, { before, limit }: { before: number | undefined; limit: number }): Promise<EntryRow[]> {
  const { rows } = await sql<EntryRow>`
    select about.entry_id as id, about.place, entry.index, coalesce(entry.type, waiting.type) as type, coalesce(entry.at, waiting.at) as at, coalesce(entry.leaf, waiting.leaf) as leaf
    from ledger_about about left join ledger_entry entry on entry.id = about.entry_id left join ledger_outbox waiting on waiting.id = about.entry_id
    where about.subject = ${subject} and about.place < ${before ?? Number.MAX_SAFE_INTEGER} and coalesce(entry.leaf, waiting.leaf) is not null
    order by about.place desc limit ${limit}`.execute(tx);
  return rows;
}
export function listDisclosures(tx: Tx, entryIds: readonly string[]) {
  return tx
    .selectFrom('ledger_disclosure')
    .selectAll()
    .where('entry_id', 'in', ['', ...entryIds])
    .execute();
}
export async function listNames(tx: Tx, personIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx
    .selectFrom('people_pub_person')
    .select(['id', 'name'])
    .where('id', 'in', ['', ...personIds])
    .execute();
  return new Map(rows.map((row) => [row.id, row.name]));
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
export function listWaiting(tx: Tx, limit: number) {
  return tx.selectFrom('ledger_outbox').select(['id', 'type', 'at', 'leaf']).orderBy('ordinal', 'desc').limit(limit).execute();
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
