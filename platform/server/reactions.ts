import { isDatabaseAway, type Tx } from './db.ts';
import type { Feature, Reaction, ReactionCtx } from './feature.ts';
import { toRecorded } from './ledger/recorded.ts';
import type { SignedEntries } from './ledger/signed.ts';
import { findDueParked, park, unpark } from './parked.ts';
import type { Services } from './services.ts';

const BATCH = 100;
const TRIES = 3;
const IDLE_MS = 300;

export interface Reactions {
  wake(): void;
  /** Resolves once every reaction has seen all that the tree holds at the time of the call. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs each reaction along the ledger by a cursor of its own. A poisoned entry is parked and shown, the rest goes on, and it is tried again later. What our key did not
 * sign is acted on by none: what a reaction records is signed, and would put our signature under what somebody else wrote.
 */
export function startReactions(features: readonly Feature[], services: Services, signed: SignedEntries): Reactions {
  const runners = features
    .flatMap((feature) => feature.reactions)
    .map((reaction) => startRunner(reaction, { services, signed, tries: new Map(), told: new Set() }));
  return {
    wake: () => runners.forEach((runner) => runner.wake()),
    async settle() {
      await Promise.all(runners.map((runner) => runner.settle()));
    },
    async close() {
      await Promise.all(runners.map((runner) => runner.close()));
    },
  };
}

function startRunner(reaction: Reaction, stepping: Stepping) {
  const { services } = stepping;
  let closing = false;
  let awake: (() => void) | undefined;
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      awake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = async () => {
    while (!closing) {
      const moved = await step(reaction, stepping)
        .then(async (any) => (await retry(reaction, stepping)) || any)
        .catch((error: unknown) => {
          services.log.error({ err: error, reaction: reaction.name }, 'reaction: step failed, will be tried again');
          return false;
        });
      if (!moved) await pause();
    }
  };
  const running = loop();
  return {
    wake: () => awake?.(),
    async settle() {
      const { size } = await services.db
        .selectFrom('ledger_entry')
        .select((eb) => eb.fn.countAll<number>().as('size'))
        .executeTakeFirstOrThrow();
      for (;;) {
        const cursor = await services.db.selectFrom('platform_cursor').select('position').where('reaction', '=', reaction.name).executeTakeFirst();
        if ((cursor?.position ?? 0) >= size || closing) return;
        awake?.();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async close() {
      closing = true;
      awake?.();
      await running;
    },
  };
}

interface Stepping {
  readonly services: Services;
  readonly signed: SignedEntries;
  readonly tries: Map<number, number>;
  /** Entries that nobody signed and that were told of. */
  readonly told: Set<number>;
}
type Row = Parameters<typeof toRecorded>[0];
/** Handles the next few entries in one transaction; one after the other when that fails, so that one poisoned entry holds up no other. Answers whether there were any. */
async function step(reaction: Reaction, stepping: Stepping): Promise<boolean> {
  const { from, rows } = await findNext(reaction, stepping.services);
  if (rows.length === 0 || !(await areSigned(reaction, stepping, rows))) return false;
  try {
    await handle(reaction, stepping, { from, rows });
    return true;
  } catch (error) {
    if (rows.length === 1) return giveUpOn(reaction, stepping, { from, row: rows[0]!, error });
  }
  for (const [i, row] of rows.entries()) {
    const one = { from: i === 0 ? from : row.index, row };
    try {
      await handle(reaction, stepping, { from: one.from, rows: [row] });
    } catch (error) {
      await giveUpOn(reaction, stepping, { ...one, error });
    }
  }
  return true;
}

/** Tries those again that were put aside and whose time has come, each by itself. Answers whether any was done. */
async function retry(reaction: Reaction, stepping: Stepping): Promise<boolean> {
  const { services } = stepping;
  let any = false;
  for (const { row, tries } of await findDueParked(services.db, reaction.name, services.clock.now())) {
    if (!(await areSigned(reaction, stepping, [row]))) continue;
    try {
      await perform(reaction, { services, rows: [row], claim: (tx) => unpark(tx, reaction.name, row.index) });
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      await park(services.db, { reaction: reaction.name, index: row.index, tries: tries + 1, error, at: services.clock.now() });
      continue;
    }
    any = true;
    services.alarm('platform.entry_unparked', { index: row.index });
  }
  return any;
}

/** Of those that the reaction wants. It waits at what was written into the table by somebody else, until that is put right. */
async function areSigned(reaction: Reaction, { services, signed, told }: Stepping, rows: readonly Row[]): Promise<boolean> {
  const wanted = rows.filter((row) => reaction.on.some(({ name }) => name === row.type));
  if (wanted.length === 0 || (await signed.hold(wanted))) return true;
  const { index } = wanted[0]!;
  if (!told.has(index)) services.alarm('ledger.not_whole', { from: index, reaction: reaction.name });
  told.add(index);
  return false;
}

async function findNext(reaction: Reaction, { db }: Services): Promise<{ from: number; rows: Row[] }> {
  const cursor = await db.selectFrom('platform_cursor').select('position').where('reaction', '=', reaction.name).executeTakeFirst();
  if (!cursor)
    await db
      .insertInto('platform_cursor')
      .values({ reaction: reaction.name, position: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const from = cursor?.position ?? 0;
  const rows = await db
    .selectFrom('ledger_entry')
    .select(['index', 'id', 'type', 'at', 'leaf'])
    .where('index', '>=', from)
    .orderBy('index')
    .limit(BATCH)
    .execute();
  // Entries have no gaps: what stands behind one is none of ours.
  const gap = rows.findIndex((row, i) => row.index !== from + i);
  return { from, rows: gap < 0 ? rows : rows.slice(0, gap) };
}

/** The cursor moves in the transaction of what was done, first: of two who work at the same reaction the second waits, and finds it moved. */
function handle(reaction: Reaction, { services }: Stepping, { from, rows }: { from: number; rows: readonly Row[] }): Promise<void> {
  return perform(reaction, { services, rows, claim: (tx) => moveCursor(tx, reaction.name, { from, to: rows.at(-1)!.index + 1 }) });
}

interface Performing {
  readonly services: Services;
  readonly rows: readonly Row[];
  /** Takes the work on, in the transaction in which it is done; false where somebody else has done it. */
  readonly claim: (tx: Tx) => Promise<boolean>;
}
async function perform(reaction: Reaction, { services, rows, claim }: Performing): Promise<void> {
  const wanted = rows.flatMap((row) => {
    const event = reaction.on.find((known) => known.name === row.type);
    return event ? [{ row, event }] : [];
  });
  await services.alone({ via: reaction.name }, async ({ tx, now, record }) => {
    if (!(await claim(tx))) return;
    const jobs: Parameters<ReactionCtx['send']>[] = [];
    for (const { row, event } of wanted) {
      const ctx: ReactionCtx = {
        tx,
        now,
        services,
        record: (definition, data) => record(definition, data, row.id),
        send: (...job) => void jobs.push(job),
      };
      await reaction.handle(ctx, toRecorded(row, event));
    }
    await Promise.all(jobs.map((job) => services.jobs.send(...job)));
  });
}

/** Tries again at once, a few times; then the entry is parked and shown, and tried again ever later. Answers whether the reaction goes on at once. */
async function giveUpOn(reaction: Reaction, { services, tries }: Stepping, { from, row, error }: { from: number; row: Row; error: unknown }): Promise<boolean> {
  // Nothing is wrong with the entry where the database is away: it is tried until it is back.
  if (isDatabaseAway(error)) throw error;
  const tried = (tries.get(row.index) ?? 0) + 1;
  tries.set(row.index, tried);
  if (tried < TRIES) throw error;
  tries.delete(row.index);
  await services.db.transaction().execute(async (tx) => {
    await park(tx, { reaction: reaction.name, index: row.index, tries: tried, error, at: services.clock.now() });
    await moveCursor(tx, reaction.name, { from, to: row.index + 1 });
  });
  services.log.error({ err: error, reaction: reaction.name, index: row.index }, 'reaction: an entry was put aside, will be tried again');
  services.alarm('platform.entry_parked', { index: row.index });
  return true;
}

async function moveCursor(tx: Tx, reaction: string, { from, to }: { from: number; to: number }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('platform_cursor')
    .set({ position: to })
    .where('reaction', '=', reaction)
    .where('position', '=', from)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
