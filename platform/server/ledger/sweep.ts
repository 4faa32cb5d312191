import { appendHashes, ed25519Verifier, emptyTree, formatVkey, leafHash, openCheckpoint, readEntry, treeRoot, type TreeState } from '@underseal/ledger';
import { sql } from 'kysely';
import type { Db, Tx } from '../db.ts';
import type { Feature, RecordedEntry, SealedRows } from '../feature.ts';
import type { KeyRing } from '../keys.ts';
import type { Clock } from '../ports.ts';
import { freezeRows, sealHolds } from '../seals.ts';
import type { Services } from '../services.ts';
import { sha256, verifyEd25519 } from './hash.ts';
import { outboxSeal, subjectsOf } from './outbox.ts';
import { findSchemaChange } from './schema-guard.ts';
import { toRecorded } from './recorded.ts';

const BATCH = 2000;
const WHOLE_AGAIN_MS = 24 * 3600_000;

export interface Swept {
  /** Entries of the ledger that the rows were compared with. */
  readonly entries: number;
  /** False when the entries are not those that the newest checkpoint was signed over: then no row was compared. */
  readonly whole: boolean;
  /** Rows that the ledger does not know as they are: their seals were taken from them. */
  readonly frozen: number;
  /** Rows that the ledger knows and the database lacks. */
  readonly missing: number;
  /** What was changed in the database itself, so that it may not show the same to every statement. */
  readonly changed?: string;
}
export interface Sweep {
  /** Compares every sealed row with what the ledger says of it; two calls at once share one run. */
  run(): Promise<Swept>;
}
interface Parts {
  readonly db: Db;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly origin: string;
  readonly features: readonly Feature[];
  readonly alarm: Services['alarm'];
}
/** What the entries so far come to. */
interface Folded {
  readonly since: number;
  tree: TreeState;
  /** By table: what each key must be. */
  readonly due: ReadonlyMap<string, Map<string, string>>;
}

/**
 * A seal cannot tell an old row that was put back from the newest one, nor that a row was taken away. The ledger can: it is folded into
 * what must be there, entry by entry, and proved against the signed checkpoint on the way. Once a day it starts from the first entry again.
 */
export function createSweep(parts: Parts): Sweep {
  const sealed = parts.features.flatMap((feature) => feature.sealed);
  const names = parts.features.map(({ contract }) => contract.name);
  const told = new Set<string>();
  let folded: Folded | undefined;
  let running: Promise<Swept> | undefined;

  const sweep = async (): Promise<Swept> => {
    const now = parts.clock.now();
    if (folded && now.getTime() - folded.since > WHOLE_AGAIN_MS) folded = undefined;
    const state = folded ?? { since: now.getTime(), tree: emptyTree(), due: new Map(sealed.map(({ table }) => [table, new Map<string, string>()])) };
    folded = undefined;
    // One snapshot: a row and the entry that tells of it are committed together.
    const found = await parts.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => {
        const changed = await findSchemaChange(tx, names);
        if (changed !== undefined) parts.alarm('platform.schema_changed', { by: changed });
        const lines = await foldEntries(tx, state, sealed);
        if (!lines || !(await isSigned(tx, state.tree, parts))) return { changed, lines: undefined, strange: [], missing: [] };
        return { changed, lines, ...(await compare(tx, sealed, { due: await withWaiting(tx, state, { sealed, keys: parts.keys }), now })) };
      });
    const changed = found.changed === undefined ? {} : { changed: found.changed };
    if (!found.lines) {
      parts.alarm('ledger.not_whole', { entries: state.tree.size });
      return { entries: state.tree.size, whole: false, frozen: 0, missing: 0, ...changed };
    }
    folded = state;
    let frozen = 0;
    // First in memory: what is done to the row itself the database may undo.
    const fresh = freezeRows(parts.keys, found.strange);
    for (const { table, id, key, idColumn } of found.strange) {
      if (fresh.has(`${table} ${id}`)) parts.alarm('platform.row_not_in_ledger', { table, id, about: key });
      if (await takeSeal(parts.db, { table, id, idColumn })) frozen++;
    }
    for (const { table, key } of found.missing) {
      if (told.has(`${table} ${key}`)) continue;
      told.add(`${table} ${key}`);
      parts.alarm('platform.row_missing', { table, about: key });
    }
    if (found.lines.length > 0) {
      await parts.db
        .insertInto('ledger_about')
        .values(found.lines)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      parts.alarm('ledger.timeline_cut', { lines: found.lines.length, about: found.lines[0]!.subject });
    }
    return { entries: state.tree.size, whole: true, frozen, missing: found.missing.length, ...changed };
  };
  return { run: () => (running ??= sweep().finally(() => (running = undefined))) };
}

/** Sweeps in a row that came to no end before content is kept back: one may fall into a restart of the database. */
const FAILED_MOST = 2;
/** A sweep that is kept from its work tells nothing: then rows that give power are no longer known to be as the ledger says. */
export function watchSweep(sweep: Sweep, alarm: Services['alarm']): Sweep & { isCompared(): boolean } {
  let failed = 0;
  const count = (isWhole: boolean) => {
    failed = isWhole ? 0 : failed + 1;
    if (failed >= FAILED_MOST) alarm('ledger.not_compared', {});
  };
  let running: Promise<Swept> | undefined;
  const counted = async () => {
    const swept = await sweep.run().catch((error: unknown) => {
      count(false);
      throw error;
    });
    count(swept.whole && swept.changed === undefined);
    return swept;
  };
  return {
    isCompared: () => failed < FAILED_MOST,
    run: () => (running ??= counted().finally(() => (running = undefined))),
  };
}

interface Line {
  readonly subject: string;
  readonly ordinal: number;
}
/** Answers the lines that timelines lack, up to a bound; undefined when an entry cannot even be read: nobody signed over that one. */
async function foldEntries(tx: Tx, state: Folded, sealed: readonly SealedRows[]): Promise<readonly Line[] | undefined> {
  const lacking: Line[] = [];
  for (;;) {
    const rows = await tx
      .selectFrom('ledger_entry')
      .select(['index', 'ordinal', 'id', 'type', 'at', 'leaf'])
      .where('index', '>=', state.tree.size)
      .orderBy('index')
      .limit(BATCH)
      .execute();
    if (rows.length === 0) return lacking;
    // A gap shifts all that follows, so that the root differs.
    state.tree = appendHashes(
      sha256,
      state.tree,
      rows.map((row) => leafHash(sha256, row.leaf)),
    ).state;
    try {
      for (const row of rows) fold(row, { sealed, due: state.due });
    } catch {
      return undefined;
    }
    if (lacking.length < BATCH) lacking.push(...(await findLacking(tx, rows)));
  }
}

/** By this a timeline finds an entry: what is taken away there is put back from the signed entry itself. */
async function findLacking(tx: Tx, rows: readonly { ordinal: number; leaf: Buffer }[]): Promise<Line[]> {
  const there = await tx
    .selectFrom('ledger_about')
    .select(['subject', 'ordinal'])
    .where(
      'ordinal',
      'in',
      rows.map(({ ordinal }) => ordinal),
    )
    .execute();
  const known = new Set(there.map(({ subject, ordinal }) => `${ordinal} ${subject}`));
  return rows.flatMap(({ ordinal, leaf }) => subjectsOf(leaf).flatMap((subject) => (known.has(`${ordinal} ${subject}`) ? [] : { subject, ordinal })));
}

interface Row {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}
/** What an entry says stands in its leaf; the columns beside it are only for finding it. Throws where they say something else. */
function fold(row: Row, { sealed, due }: { sealed: readonly SealedRows[]; due: ReadonlyMap<string, Map<string, string>> }) {
  const { type, at, id } = readEntry(row.leaf);
  if (id !== row.id || type !== row.type || Date.parse(at) !== row.at.getTime()) throw new Error('An entry is not the one that its columns tell of');
  let entry: RecordedEntry | undefined;
  for (const { table, on, fold: apply } of sealed) {
    const event = on.find(({ name }) => name === type);
    if (!event) continue;
    entry ??= toRecorded({ index: row.index, id, type, at: new Date(at), leaf: row.leaf }, event);
    apply(due.get(table)!, entry);
  }
}

async function isSigned(tx: Tx, tree: TreeState, { keys, origin }: Parts): Promise<boolean> {
  const last = await tx.selectFrom('ledger_checkpoint').select('note').orderBy('size', 'desc').limit(1).executeTakeFirst();
  if (!last) return tree.size === 0;
  const log = ed25519Verifier(sha256, formatVkey(sha256, origin, keys.checkpointSigner(origin).publicKey), verifyEd25519);
  try {
    const { size, root } = await openCheckpoint(last.note, { log });
    return size === tree.size && Buffer.from(root).equals(treeRoot(sha256, tree));
  } catch {
    return false;
  }
}

/** What waits for its place counts as much, in order, where its seal holds. */
async function withWaiting(tx: Tx, { tree, due }: Folded, { sealed, keys }: { sealed: readonly SealedRows[]; keys: KeyRing }) {
  const waiting = await tx.selectFrom('ledger_outbox').select(['id', 'type', 'at', 'leaf', 'seal']).orderBy('ordinal').execute();
  if (waiting.length === 0) return due;
  const ahead = new Map([...due].map(([table, keysOf]) => [table, new Map(keysOf)]));
  for (const row of waiting) if (sealHolds(keys, 'ledger_outbox', outboxSeal(row), row.seal)) fold({ ...row, index: tree.size }, { sealed, due: ahead });
  return ahead;
}

async function compare(
  tx: Tx,
  sealed: readonly SealedRows[],
  { due, now }: { readonly due: ReadonlyMap<string, ReadonlyMap<string, string>>; readonly now: Date },
) {
  const strange: { table: string; id: string; key: string; idColumn: string }[] = [];
  const missing: { table: string; key: string }[] = [];
  for (const { table, rows: read, idColumn = 'id', isMissing = () => true } of sealed) {
    const lacking = new Map(due.get(table));
    for (let after = ''; ;) {
      const rows = await read(tx, { after, limit: BATCH });
      for (const { id, key, value } of rows) {
        if (due.get(table)!.get(key) !== value) strange.push({ table, id, key, idColumn });
        lacking.delete(key);
      }
      if (rows.length < BATCH) break;
      after = rows.at(-1)!.id;
    }
    for (const [key, value] of lacking) if (isMissing(value, now)) missing.push({ table, key });
  }
  return { strange, missing };
}

/** Without its seal a row gives nothing, also after a start, and stays to be looked at. False if it has none already. */
async function takeSeal(db: Db, { table, id, idColumn }: { table: string; id: string; idColumn: string }): Promise<boolean> {
  const { numAffectedRows } = await sql`update ${sql.table(table)} set seal = ''::bytea where ${sql.ref(idColumn)} = ${id} and seal <> ''::bytea`.execute(db);
  return numAffectedRows === 1n;
}
