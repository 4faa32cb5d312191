import type { Actor } from './actor.ts';
import type { Services } from './services.ts';
import type { Sequenced } from './ledger/sequencer.ts';

/** What a live page hears: that something of a kind happened to a thing it may know of. Never content. */
export interface LiveMessage {
  readonly topic: string;
  readonly id: string;
}
interface Listener {
  readonly actor: Actor;
  readonly send: (message: LiveMessage) => void;
}
export interface Live {
  hasRoomFor(actor: Actor): boolean;
  listen(listener: Listener): () => void;
  announce(entries: readonly Sequenced[]): void;
}

const MOST_LISTENERS = 2000;
const MOST_OF_ONE = 20;

/** Tells listeners of new entries, filtered by what each may know at that moment. */
export function createLive(services: Pick<Services, 'db' | 'gate' | 'clock' | 'log'>): Live {
  const listeners = new Set<Listener>();
  let queue = Promise.resolve();
  const tell = async (entries: readonly Sequenced[]) => {
    const about = await services.db
      .selectFrom('ledger_about')
      .select(['entry_id', 'subject'])
      .where(
        'entry_id',
        'in',
        entries.map((entry) => entry.id),
      )
      .execute();
    for (const listener of listeners) {
      const heard = new Map<string, boolean>();
      for (const { entry_id, subject } of about) {
        if (!heard.has(subject)) heard.set(subject, await mayHear(services, listener.actor, subject));
        if (heard.get(subject)) listener.send({ topic: entries.find((entry) => entry.id === entry_id)!.type, id: subject });
      }
    }
  };
  return {
    hasRoomFor: ({ id }) => listeners.size < MOST_LISTENERS && [...listeners].filter(({ actor }) => actor.id === id).length < MOST_OF_ONE,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announce(entries) {
      if (listeners.size === 0 || entries.length === 0) return;
      queue = queue.then(() => tell(entries)).catch((error: unknown) => services.log.error({ err: error }, 'live: could not announce'));
    },
  };
}

async function mayHear({ db, gate, clock }: Pick<Services, 'db' | 'gate' | 'clock'>, actor: Actor, subject: string): Promise<boolean> {
  if (subject === actor.id) return true;
  if (!/^(sec|doc|ver|upl|grt)_/.test(subject)) return false;
  return !!(await gate.decide(db, { actor, id: subject, at: clock.now(), hold: false }))?.may.know;
}
