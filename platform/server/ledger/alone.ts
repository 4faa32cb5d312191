import type { EventData, EventDefinition } from '@underseal/contract';
import { SYSTEM } from '../actor.ts';
import type { Db, Tx } from '../db.ts';
import type { KeyRing } from '../keys.ts';
import type { Clock } from '../ports.ts';
import { pend, writeEntries, type Committed, type Pending } from './outbox.ts';

export interface AloneCtx {
  readonly tx: Tx;
  readonly now: Date;
  /** Puts an entry into the ledger with this transaction; `cause` is the entry that it answers. */
  record<E extends EventDefinition>(event: E, data: E extends EventDefinition<infer F> ? EventData<F> : never, cause?: string): string;
}
export interface By {
  /** What brought it about; stands in the entry beside the actor. */
  readonly via: string;
  /** The house itself unless said. */
  readonly actor?: string;
}
/** A change that no operation makes, in a transaction of its own with the entries that tell of it; they are looked for until they have their place. */
export type Alone = <T>(by: By, change: (ctx: AloneCtx) => Promise<T>) => Promise<T>;

export function createAlone({ db, keys, clock, committed }: { db: Db; keys: KeyRing; clock: Clock; committed: Committed }): Alone {
  return async ({ via, actor = SYSTEM.id }, change) => {
    const recorded: Pending[] = [];
    const answer = await db.transaction().execute(async (tx) => {
      const now = clock.now();
      const record = (event: EventDefinition, data: unknown, cause?: string) => (recorded.push(pend(event, data, cause)), recorded.at(-1)!.id);
      const made = await change({ tx, now, record } as unknown as AloneCtx);
      await writeEntries(tx, recorded, { keys, actor, at: now, via });
      return made;
    });
    if (recorded.length > 0) committed(recorded);
    return answer;
  };
}
