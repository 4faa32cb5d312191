import { existsSync, readFileSync } from 'node:fs';
import { readEntry } from '@underseal/ledger';
import { sql } from 'kysely';
import type { Db } from '../db.ts';
import { replaceFile } from '../durable-files.ts';
import type { KeyRing } from '../keys.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../ports.ts';
import { sealHolds } from '../seals.ts';
import type { Services } from '../services.ts';
import { outboxSeal, type Committed } from './outbox.ts';
import type { Sequenced } from './sequencer.ts';

const MOST = 100_000;
const KEEP_EVERY_MS = 1000;
const STUCK_MS = 30_000;
const ENTRY = /^ent_[0-9a-hjkmnp-tv-z]{26}$/;

/** Entries of this process that committed and have no place in the tree yet: the outbox has no seal over what was taken out of it. */
export interface Awaited {
  add: Committed;
  placed(entries: readonly Sequenced[]): void;
  /** Alarms for each that stands nowhere any more, and when nobody gives entries their place. */
  check(): Promise<void>;
  /** Whether entries get their place, as far as the last check saw. */
  isFlowing(): boolean;
  close(): Promise<void>;
}
interface Parts {
  readonly db: Db;
  readonly alarm: Services['alarm'];
  readonly clock: Clock;
  readonly log: Log;
  /** What waits is kept in it, so that a new start knows what the last one waited for. Undefined: in memory alone. */
  readonly file: string | undefined;
}

export function createAwaited({ db, alarm, clock, log, file }: Parts): Awaited {
  const ids = new Set<string>(
    file !== undefined && existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => ENTRY.test(line))
      : [],
  );
  let kept = '';
  let flowing = true;
  let keeping = Promise.resolve();
  const keep = () => {
    const waiting = [...ids].join('\n');
    if (file === undefined || waiting === kept) return keeping;
    kept = waiting;
    keeping = keeping.then(() => replaceFile(file, waiting)).catch((error: unknown) => log.error({ err: error }, 'ledger: what waits could not be kept'));
    return keeping;
  };
  const timer = setInterval(() => void keep(), KEEP_EVERY_MS);
  timer.unref();
  return {
    add: (entries) => entries.forEach(({ id }) => ids.size < MOST && ids.add(id)),
    placed: (entries) => entries.forEach(({ id }) => ids.delete(id)),
    async check() {
      const asked = [...ids];
      const { rows } = await sql<{ id: string; leaf: Buffer; placed: boolean }>`
        select id, leaf, true as placed from ledger_entry where id = any(${asked}::text[])
        union all select id, leaf, false from ledger_outbox where id = any(${asked}::text[])`.execute(db);
      // What was rejected had no seal that holds: then it is not the one that was written here.
      const sound = rows.filter((row) => isLeafOf(row.leaf, row.id));
      const found = new Set(sound.map((row) => row.id));
      for (const row of sound) if (row.placed) ids.delete(row.id);
      for (const id of asked) {
        if (!found.has(id) && ids.delete(id)) alarm('ledger.entry_lost', { entry: id });
      }
      const oldest = await db.selectFrom('ledger_outbox').select('at').orderBy('ordinal').limit(1).executeTakeFirst();
      flowing = !oldest || clock.now().getTime() - oldest.at.getTime() < STUCK_MS;
      if (!flowing) alarm('ledger.stuck', {});
    },
    isFlowing: () => flowing,
    async close() {
      clearInterval(timer);
      await keep();
    },
  };
}

/** Whether an entry stands in the ledger, or waits for its place there under a seal that holds. */
export async function isRecorded(db: Db, keys: KeyRing, id: string): Promise<boolean> {
  const { rows } = await sql<{ type: string; leaf: Buffer; seal: Buffer | null }>`
    select type, leaf, null as seal from ledger_entry where id = ${id}
    union all select type, leaf, seal from ledger_outbox where id = ${id}`.execute(db);
  return rows.some(({ type, leaf, seal }) => isLeafOf(leaf, id) && (seal === null || sealHolds(keys, 'ledger_outbox', outboxSeal({ id, type, leaf }), seal)));
}

/** The id beside a leaf is only for finding it. That the leaf stands in the tree the sweep proves. */
function isLeafOf(leaf: Buffer, id: string): boolean {
  try {
    return readEntry(leaf).id === id;
  } catch {
    return false;
  }
}
