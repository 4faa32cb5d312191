import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { sql } from 'kysely';
import type { BlobStore } from './blobs.ts';
import type { Config } from './config.ts';
import { openPool, type DatabaseSettings, type Db } from './db.ts';
import { createDoor, type Run } from './door.ts';
import type { Feature, Running } from './feature.ts';
import type { Gate } from './gate.ts';
import { sweepKeys } from './idempotency.ts';
import { newId } from './ids.ts';
import { startJobs, type Jobs } from './jobs.ts';
import { assertSameRoot, createKeyRing, keyCheckValue, openKeyRing, writeRecoveryKit, type KeyRing, type RootKey } from './keys.ts';
import { createKeyStore } from './key-store.ts';
import { alarmed } from './ledger/events.ts';
import { openHead } from './ledger/head.ts';
import { createAwaited } from './ledger/awaited.ts';
import { createAlone, type Alone } from './ledger/alone.ts';
import type { Committed } from './ledger/outbox.ts';
import { startSequencer, type Sequencer } from './ledger/sequencer.ts';
import { createSignedEntries } from './ledger/signed.ts';
import { createSweep, watchSweep, type Swept } from './ledger/sweep.ts';
import { createLive, type Live } from './live.ts';
import type { Log } from './log.ts';
import type { Clock } from './ports.ts';
import { startReactions, type Reactions } from './reactions.ts';
import { createRefusals } from './refusals.ts';
import type { Services } from './services.ts';
import { sweepTickets } from './tickets.ts';

export interface HouseParts {
  readonly config: Config;
  readonly database: DatabaseSettings;
  readonly root: RootKey;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly createGate: (parts: { keys: KeyRing; alarm: Services['alarm'] }) => Gate;
  readonly features: readonly Feature[];
  readonly onStatement?: () => void;
  /** How often what is compared, swept and counted is looked at; a minute unless told, never for null. */
  readonly choresEveryMs?: number | null;
  /** Where the newest checkpoint is kept outside the database; in memory alone without it. */
  readonly headFile?: string;
}
export interface House {
  readonly services: Services;
  readonly run: Run;
  readonly operations: ReturnType<typeof createDoor>['operations'];
  readonly live: Live;
  readonly sequencer: Sequencer;
  isReady(): Record<string, boolean>;
  /** Compares the rows that give power with the ledger, now; it is done every minute. */
  sweep(): Promise<Swept>;
  /** Resolves once all that committed is sequenced, reacted to and worked off. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the house together on a migrated database. Refuses a root key that is not the one this database was made with. */
export async function openHouse(parts: HouseParts): Promise<House> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(parts, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** What is opened last closes first. */
async function open(parts: HouseParts, opened: AsyncDisposableStack): Promise<House> {
  const { config, clock, log, blobs, root } = parts;
  const pool = openPool(parts.database.app, {
    max: 16,
    ...(parts.onStatement ? { onStatement: parts.onStatement } : {}),
    onError: (error) => log.error({ err: error }, 'database: an idle connection failed'),
  });
  opened.defer(() => pool.close());
  const { db } = pool;
  const { origin, keys } = await openKeys(db, root, clock);
  const alone = createAlone({ db, keys, clock, committed: (entries) => committed(entries) });
  const alarm = createAlarm({ alone, clock, log });
  const gate = parts.createGate({ keys, alarm });
  const jobs = await startJobs(parts.database.owner, log);
  opened.defer(() => jobs.close());
  const refusals = createRefusals({ alone, clock });
  opened.defer(() => refusals.flush().catch((error: unknown) => log.error({ err: error }, 'refusals: could not write the last count')));
  const services: Services = {
    config,
    clock,
    log,
    db,
    keys,
    blobs,
    gate,
    jobs,
    alone,
    refusals,
    newId,
    alarm,
    recoveryKit: (about) => writeRecoveryKit(root, about),
  };
  const live = createLive({ ...services, features: parts.features });
  const waitingFile = parts.headFile === undefined ? undefined : path.join(path.dirname(parts.headFile), 'ledger-waiting');
  const awaited = createAwaited({ db, alarm, clock, log, file: waitingFile });
  opened.defer(() => awaited.close());
  const head = openHead({ file: parts.headFile, db, keys, origin, log });
  await head.assertHeld();
  opened.defer(() => head.close());
  let reactions: Reactions | undefined;
  const sequencer = await startSequencer({
    owner: parts.database.owner,
    keys,
    clock,
    log,
    origin,
    alarm,
    async assertHeld() {
      await head.assertHeld().catch((error: unknown) => {
        alarm('ledger.put_back', {});
        throw error;
      });
    },
    onSequenced: (entries, note) => {
      head.advance(note);
      awaited.placed(entries);
      live.announce(entries);
      reactions?.wake();
    },
  });
  opened.defer(() => sequencer.close());
  const committed: Committed = (entries) => {
    awaited.add(entries);
    sequencer.wake();
  };
  const sweep = watchSweep(createSweep({ db, keys, clock, origin, features: parts.features, alarm }), alarm);
  const { run, operations } = createDoor(parts.features, services, { refusals, committed, isCompared: () => sweep.isCompared() });
  const running = await startFeatures(parts.features, services, opened);
  // Before the features close: work under way ends with what it works with still there.
  opened.defer(() => jobs.close());
  const reacting = startReactions(parts.features, services, createSignedEntries({ db, keys, origin }));
  reactions = reacting;
  opened.defer(() => reacting.close());
  // What the last start waited for is looked for before anything else is done.
  await awaited.check();
  const { choresEveryMs = 60_000 } = parts;
  const chores = startChores({ db, clock, log, everyMs: choresEveryMs, also: [() => refusals.flush(), () => awaited.check(), () => sweep.run()] });
  opened.defer(() => clearInterval(chores));
  return {
    services,
    run,
    operations,
    live,
    sequencer,
    isReady: () => ({ ledger: awaited.isFlowing() && sweep.isCompared(), ...Object.fromEntries([...running].map(([name, part]) => [name, part.isReady()])) }),
    async sweep() {
      await awaited.check();
      return sweep.run();
    },
    async settle() {
      // What a reaction or a job does may itself be recorded: twice round reaches what first-cut features cause.
      for (let round = 0; round < 2; round++) {
        await sequencer.settle();
        await reacting.settle();
        for (const part of running.values()) await part.settle();
      }
    },
    close: () => opened.disposeAsync(),
  };
}

async function startFeatures(features: readonly Feature[], services: Services, opened: AsyncDisposableStack): Promise<Map<string, Running>> {
  const running = new Map<string, Running>();
  for (const { contract, start } of features) {
    if (!start) continue;
    const part = await start(services);
    opened.defer(() => part.close());
    running.set(contract.name, part);
  }
  return running;
}

/** The first start makes the keys, under a lock, and binds the database to its root key; a later one with another or a missing key is refused. */
async function openKeys(db: Db, root: RootKey, clock: Clock): Promise<{ origin: string; keys: KeyRing }> {
  const made = await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${KEY_LOCK})`.execute(tx);
    const before = await tx.selectFrom('platform_installation').selectAll().executeTakeFirst();
    if (before) {
      assertSameRoot(root, before.root_check);
      return before;
    }
    await createKeyRing(root, createKeyStore(tx), clock);
    const origin = `underseal.local/ledger/${randomBytes(8).toString('hex')}`;
    await tx
      .insertInto('platform_installation')
      .values({ root_check: keyCheckValue(root), origin, created_at: clock.now() })
      .execute();
    return { origin };
  });
  return { origin: made.origin, keys: await openKeyRing(root, createKeyStore(db), clock) };
}
const KEY_LOCK = 4_380_003;

interface AlarmParts {
  readonly alone: Alone;
  readonly clock: Clock;
  readonly log: Log;
}
/** Logged at once, and recorded: at most one entry a minute for the same alarm about the same thing. */
function createAlarm({ alone, clock, log }: AlarmParts): Services['alarm'] {
  const last = new Map<string, number>();
  return (code, facts) => {
    const subjects = Object.values(facts)
      .filter((fact): fact is string => typeof fact === 'string' && /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(fact))
      .slice(0, 10);
    const key = `${code} ${subjects.join(' ')}`;
    const now = clock.now();
    if (now.getTime() - (last.get(key) ?? -Infinity) < 60_000) return;
    if (last.size > 10_000) last.clear();
    last.set(key, now.getTime());
    log.error({ alarm: code, ...facts }, 'alarm');
    alone({ via: 'platform.alarm' }, async ({ record }) => record(alarmed, { code, subjects })).catch((error: unknown) =>
      log.error({ err: error }, 'alarm: could not be recorded'),
    );
  };
}

interface Chores {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number | null;
  readonly also: readonly (() => Promise<unknown>)[];
}
function startChores({ db, clock, log, everyMs, also }: Chores): NodeJS.Timeout | undefined {
  if (everyMs === null) return undefined;
  const chores = setInterval(() => {
    for (const chore of [() => sweepTickets(db, clock.now()), () => sweepKeys(db, clock.now()), ...also])
      chore().catch((error: unknown) => log.error({ err: error }, 'chores: failed, will be tried again'));
  }, everyMs);
  chores.unref();
  return chores;
}
export type { Jobs };
