import type { HeardBy } from '@underseal/contract';
import { readEntry } from '@underseal/ledger';
import type { Actor } from './actor.ts';
import { anyOf } from './db.ts';
import type { Feature } from './feature.ts';
import type { Services } from './services.ts';
import { refused } from './ledger/events.ts';
import type { Sequenced } from './ledger/sequencer.ts';
import { sealHolds } from './seals.ts';

/** What a live page hears: that something of a kind happened to a thing it may know of, or may list. Never content. */
export interface LiveMessage {
  readonly topic: string;
  readonly id: string;
}
export interface Listener {
  /** As she was when she began to listen. */
  readonly actor: Actor;
  /** Who listens, asked anew, without counting as use of the session; undefined once it has ended. */
  again(): Promise<Actor | undefined>;
  tell(message: LiveMessage): void;
  /** Something may have been missed: what is on the page is to be read again. */
  reset(): void;
  beat(): void;
  end(): void;
}
export interface Live {
  hasRoomFor(actor: Actor): boolean;
  /** Answers how to stop listening. */
  listen(listener: Listener): () => void;
  announce(entries: readonly Sequenced[]): void;
}
interface Limits {
  readonly most: number;
  readonly mostOfOne: number;
  /** Entries that wait to be announced; beyond, everybody is told to look again. */
  readonly mostWaiting: number;
  readonly beatMs: number;
}
const LIMITS: Limits = { most: 2000, mostOfOne: 20, mostWaiting: 1000, beatMs: 20_000 };
/** What one act or one upload records comes within moments: it is asked about together. */
const GATHER_MS = 50;
const AGAIN_MS = 2000;

interface Parts extends Pick<Services, 'db' | 'gate' | 'clock' | 'log' | 'keys'> {
  readonly features: readonly Feature[];
}
/** Who listens, each as she was found when she was last asked about: what her role allows may have changed since she began. */
type Listeners = Map<Listener, Actor>;

/** Tells listeners of new entries, filtered by what each may know at that moment. Whose session ends is let go at once: every entry about a person has hers looked at. */
export function createLive(parts: Parts, limits: Partial<Limits> = {}): Live {
  const { most, mostOfOne, mostWaiting, beatMs } = { ...LIMITS, ...limits };
  const heardBy = findHeardBy(parts.features);
  const listeners: Listeners = new Map();
  const waiting = new Map<string, Sequenced>();
  let missed = false;
  let working = false;
  let beats: NodeJS.Timeout | undefined;

  const work = async () => {
    working = true;
    let pauseMs = GATHER_MS;
    while (listeners.size > 0 && (missed || waiting.size > 0)) {
      await pause(pauseMs);
      const [entries, all] = [[...waiting.values()], missed];
      waiting.clear();
      missed = false;
      try {
        await (all ? resetAll(listeners) : tell(parts, { listeners, entries, heardBy }));
        pauseMs = GATHER_MS;
      } catch (error) {
        parts.log.error({ err: error }, 'live: could not announce, will tell everybody to look again');
        missed = true;
        pauseMs = AGAIN_MS;
      }
    }
    waiting.clear();
    missed = false;
    working = false;
  };
  const beat = () => {
    for (const listener of listeners.keys()) listener.beat();
    // By time alone a session ends too: no entry tells of it.
    check(listeners, () => true).catch((error: unknown) => parts.log.error({ err: error }, 'live: could not look at the sessions, will be tried again'));
  };
  return {
    hasRoomFor: ({ id }) => listeners.size < most && [...listeners.values()].filter((actor) => actor.id === id).length < mostOfOne,
    listen(listener) {
      listeners.set(listener, listener.actor);
      beats ??= setInterval(beat, beatMs).unref();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(beats);
        beats = undefined;
      };
    },
    announce(entries) {
      if (listeners.size === 0 || entries.length === 0) return;
      for (const entry of entries) waiting.set(entry.id, entry);
      if (waiting.size > mostWaiting) {
        waiting.clear();
        missed = true;
      }
      if (!working) void work();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

/** Ends every listener whose session has ended, and finds anew what the others may; each session is asked about once. */
async function check(listeners: Listeners, concerns: (listener: Listener) => boolean): Promise<void> {
  const sessions = Map.groupBy([...listeners.keys()].filter(concerns), ({ actor }) => actor.session?.id ?? actor.id);
  for (const [, of] of sessions) {
    const now = await of[0]!.again();
    for (const listener of of) {
      if (now?.id !== listener.actor.id) listener.end();
      else if (listeners.has(listener)) listeners.set(listener, now);
    }
  }
}

async function resetAll(listeners: Listeners): Promise<void> {
  await check(listeners, () => true);
  for (const listener of listeners.keys()) listener.reset();
}

interface Telling {
  readonly listeners: Listeners;
  readonly entries: readonly Sequenced[];
  readonly heardBy: ReadonlyMap<string, HeardBy>;
}
/** What concerns the same thing is asked about once, and once for each person, on however many pages she listens. */
async function tell(parts: Parts, { listeners, entries, heardBy }: Telling): Promise<void> {
  const topics = new Map<string, Set<string>>();
  // A refusal changes nothing that a page shows; a page that asked again at each would be refused again, for ever.
  for (const { type, subjects } of entries.filter(({ type }) => type !== refused.name))
    for (const subject of subjects) topics.set(subject, (topics.get(subject) ?? new Set()).add(type));
  await check(listeners, ({ actor }) => topics.has(actor.id));
  const listed = entries.flatMap((entry) => findListed(entry, heardBy));
  const secrets = await findSecrets(parts, [...topics.keys()]);
  const persons = new Map([...listeners.values()].map((actor) => [actor.id, actor]));
  for (const [personId, actor] of persons) {
    const known = await parts.gate.decideAll(parts.db, { who: actor.id, secretIds: secrets.values(), at: parts.clock.now() });
    const heard = [...topics].filter(([subject]) => subject === personId || known.has(secrets.get(subject) ?? ''));
    const messages = [
      ...heard.flatMap(([id, names]) => [...names].map((topic) => ({ topic, id }))),
      ...listed.filter(({ needs }) => actor.permissions.has(needs)).map(({ topic, id }) => ({ topic, id })),
    ];
    for (const listener of listeners.keys()) if (listener.actor.id === personId) for (const message of messages) listener.tell(message);
  }
}

function findHeardBy(features: readonly Feature[]): ReadonlyMap<string, HeardBy> {
  const events = features.flatMap(({ contract }) => Object.values(contract.operations).flatMap(({ records }) => records));
  return new Map(events.flatMap(({ name, heardBy }) => (heardBy ? [[name, heardBy]] : [])));
}
/** The thing that whoever may list all of its kind hears of, and nothing else that the entry speaks of. */
function findListed({ type, leaf }: Sequenced, heardBy: ReadonlyMap<string, HeardBy>): readonly (LiveMessage & Pick<HeardBy, 'needs'>)[] {
  const by = heardBy.get(type);
  const id = by && readEntry(leaf).open[by.id];
  return by && typeof id === 'string' ? [{ topic: type, id, needs: by.needs }] : [];
}

/** The secrets that these belong to, as far as they belong to one by a seal that holds. */
async function findSecrets({ db, keys }: Parts, subjects: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const things = subjects.filter((id) => /^(sec|doc|ver|upl|grt)_/.test(id));
  if (things.length === 0) return new Map();
  const rows = await db.selectFrom('gate_subject').selectAll().where('id', '=', anyOf(things)).execute();
  return new Map(rows.filter(({ id, secret_id, seal }) => sealHolds(keys, 'gate_subject', { id, secret_id }, seal)).map((row) => [row.id, row.secret_id]));
}
