import type { Failure } from '@underseal/contract';
import type { Actor } from './actor.ts';
import type { Db } from './db.ts';
import { refusalsCounted, refused } from './ledger/events.ts';
import { pend, writeEntries, type Committed, type Pending } from './ledger/outbox.ts';
import type { KeyRing } from './keys.ts';
import type { Clock } from './ports.ts';

const PER_MINUTE = 60;
const RECORDED = new Set(['unauthenticated', 'denied', 'missing', 'limit']);

export interface Refusals {
  /** Writes a refusal into the ledger in a transaction of its own, before the caller hears of it. */
  record(failure: Failure, actor: Actor, call: { operation: string; subject: string | undefined }): Promise<void>;
  /** Writes down what was only counted: strangers, and callers beyond their minute's share. */
  flush(): Promise<void>;
}
interface Parts {
  readonly db: Db;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly committed: Committed;
}

export function createRefusals({ db, keys, clock, committed }: Parts): Refusals {
  const written = new Map<string, number>();
  let minute = 0;
  let beyond = 0;
  let strangers = 0;
  const write = async (entries: readonly Pending[], actor: string) => {
    await db.transaction().execute((tx) => writeEntries(tx, entries, { keys, actor, at: clock.now(), via: 'door.refuse' }));
    committed(entries);
  };
  const share = (id: string) => {
    const current = Math.floor(clock.now().getTime() / 60_000);
    if (current !== minute) {
      written.clear();
      minute = current;
    }
    const count = (written.get(id) ?? 0) + 1;
    written.set(id, count);
    return count <= PER_MINUTE;
  };
  return {
    async record(failure, actor, { operation, subject }) {
      if (!RECORDED.has(failure.kind)) return;
      if (actor.kind === 'stranger') strangers++;
      else if (share(actor.id)) await write([pend(refused, { operation, code: failure.code, subject: wellFormed(subject) })], actor.id);
      else beyond++;
    },
    async flush() {
      if (beyond + strangers === 0) return;
      const [count, ofStrangers] = [beyond, strangers];
      beyond = 0;
      strangers = 0;
      await write([pend(refusalsCounted, { count, strangers: ofStrangers })], 'system').catch((error: unknown) => {
        // What could not be written is counted with what came meanwhile.
        beyond += count;
        strangers += ofStrangers;
        throw error;
      });
    },
  };
}

function wellFormed(id: string | undefined): string | null {
  return id !== undefined && /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(id) ? id : null;
}
