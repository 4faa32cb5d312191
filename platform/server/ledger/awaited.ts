import { sql } from 'kysely';
import type { Db } from '../db.ts';
import type { KeyRing } from '../keys.ts';
import { sealHolds } from '../seals.ts';
import type { Services } from '../services.ts';
import { outboxSeal, type Committed } from './outbox.ts';
import type { Sequenced } from './sequencer.ts';

const MOST = 100_000;

/** Entries of this process that committed and have no place in the tree yet: the outbox has no seal over what was taken out of it. */
export interface Awaited {
  add: Committed;
  placed(entries: readonly Sequenced[]): void;
  /** Alarms for each that stands nowhere any more. */
  check(): Promise<void>;
}

export function createAwaited({ db, alarm }: { db: Db; alarm: Services['alarm'] }): Awaited {
  const ids = new Set<string>();
  return {
    add: (entries) => entries.forEach(({ id }) => ids.size < MOST && ids.add(id)),
    placed: (entries) => entries.forEach(({ id }) => ids.delete(id)),
    async check() {
      const asked = [...ids];
      const { rows } = await sql<{ id: string; placed: boolean }>`
        select id, true as placed from ledger_entry where id = any(${asked}::text[])
        union all select id, true from ledger_rejected where id = any(${asked}::text[])
        union all select id, false from ledger_outbox where id = any(${asked}::text[])`.execute(db);
      const found = new Set(rows.map((row) => row.id));
      for (const row of rows) if (row.placed) ids.delete(row.id);
      for (const id of asked) {
        if (!found.has(id) && ids.delete(id)) alarm('ledger.entry_lost', { entry: id });
      }
    },
  };
}

/** Whether an entry stands in the ledger, or waits for its place there under a seal that holds. */
export async function isRecorded(db: Db, keys: KeyRing, id: string): Promise<boolean> {
  const { rows } = await sql<{ type: string; leaf: Buffer; seal: Buffer | null }>`
    select type, leaf, null as seal from ledger_entry where id = ${id}
    union all select type, leaf, seal from ledger_outbox where id = ${id}`.execute(db);
  return rows.some(({ type, leaf, seal }) => seal === null || sealHolds(keys, 'ledger_outbox', outboxSeal({ id, type, leaf }), seal));
}
