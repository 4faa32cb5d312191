import type { Failure } from '@underseal/contract';
import type { Actor } from './actor.ts';
import { refusalsCounted, refused } from './ledger/events.ts';
import type { Alone } from './ledger/alone.ts';
import type { Clock } from './ports.ts';

const VIA = 'door.refuse';
const PER_MINUTE = 60;
const RECORDED = new Set(['unauthenticated', 'denied', 'missing', 'limit', 'unavailable']);

export interface Refusals {
  /** Writes a refusal into the ledger in a transaction of its own, before the caller hears of it. */
  record(failure: Failure, actor: Actor, call: { operation: string; subject: string | undefined }): Promise<void>;
  /** Writes down what was only counted: strangers, and callers beyond their minute's share. */
  flush(): Promise<void>;
}

export function createRefusals({ alone, clock }: { alone: Alone; clock: Clock }): Refusals {
  const written = new Map<string, number>();
  let minute = 0;
  let beyond = 0;
  let strangers = 0;
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
      else if (share(actor.id)) {
        const entry = { operation, code: failure.code, subject: wellFormed(subject) };
        await alone({ via: VIA, actor: actor.id }, async ({ record }) => record(refused, entry));
      } else beyond++;
    },
    async flush() {
      if (beyond + strangers === 0) return;
      const [count, ofStrangers] = [beyond, strangers];
      beyond = 0;
      strangers = 0;
      const entry = { count, strangers: ofStrangers };
      await alone({ via: VIA }, async ({ record }) => record(refusalsCounted, entry)).catch((error: unknown) => {
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
