import type { EventDefinition } from '@underseal/contract';
import { SYSTEM } from './actor.ts';
import { isDatabaseAway, type Tx } from './db.ts';
import type { Feature, Reaction, ReactionCtx } from './feature.ts';
import { pend, writeEntries, type Committed, type Pending } from './ledger/outbox.ts';
import { toRecorded } from './ledger/recorded.ts';
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

/** Runs each reaction along the ledger by a cursor of its own. A poisoned entry is parked and shown, and the rest goes on. */
export function startReactions(features: readonly Feature[], services: Services, committed: Committed): Reactions {
  const runners = features.flatMap((feature) => feature.reactions).map((reaction) => startRunner(reaction, services, committed));
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

function startRunner(reaction: Reaction, services: Services, committed: Committed) {
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
  const tries = new Map<number, number>();
  const loop = async () => {
    while (!closing) {
      const moved = await step(reaction, { services, committed, tries }).catch((error: unknown) => {
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
  readonly committed: Committed;
  readonly tries: Map<number, number>;
}
interface Row {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}
/** Handles the next few entries in one transaction; one after the other when that fails, so that one poisoned entry holds up no other. Answers whether there were any. */
async function step(reaction: Reaction, stepping: Stepping): Promise<boolean> {
  const { from, rows } = await findNext(reaction, stepping.services);
  if (rows.length === 0) return false;
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
  return { from, rows };
}

/** The cursor moves in the transaction of what was done, first: of two who work at the same reaction the second waits, and finds it moved. */
async function handle(reaction: Reaction, { services, committed }: Stepping, { from, rows }: { from: number; rows: readonly Row[] }) {
  const wanted = rows.flatMap((row) => {
    const event = reaction.on.find((known) => known.name === row.type);
    return event ? [{ row, event }] : [];
  });
  const recorded: Pending[] = [];
  const jobs: Parameters<ReactionCtx['send']>[] = [];
  const done = await services.db.transaction().execute(async (tx) => {
    if (!(await moveCursor(tx, reaction.name, { from, to: rows.at(-1)!.index + 1 }))) return false;
    const now = services.clock.now();
    for (const { row, event } of wanted) {
      const ctx = {
        tx,
        now,
        services,
        record: (definition: EventDefinition, data: unknown) => (recorded.push(pend(definition, data, row.id)), recorded.at(-1)!.id),
        send: (...job: Parameters<ReactionCtx['send']>) => void jobs.push(job),
      } as unknown as ReactionCtx;
      await reaction.handle(ctx, toRecorded(row, event));
    }
    await writeEntries(tx, recorded, { keys: services.keys, actor: SYSTEM.id, at: now, via: reaction.name });
    await Promise.all(jobs.map((job) => services.jobs.send(...job)));
    return true;
  });
  if (done && recorded.length > 0) committed(recorded);
}

/** Tries again later, a few times; then the entry is parked and shown. Answers whether the reaction goes on at once. */
async function giveUpOn(reaction: Reaction, { services, tries }: Stepping, { from, row, error }: { from: number; row: Row; error: unknown }): Promise<boolean> {
  // Nothing is wrong with the entry where the database is away: it is tried until it is back.
  if (isDatabaseAway(error)) throw error;
  const tried = (tries.get(row.index) ?? 0) + 1;
  tries.set(row.index, tried);
  if (tried < TRIES) throw error;
  tries.delete(row.index);
  await services.db.transaction().execute(async (tx) => {
    await tx
      .insertInto('platform_parked')
      .values({
        reaction: reaction.name,
        entry_index: row.index,
        tries: tried,
        code: error instanceof Error ? error.name : 'unknown',
        parked_at: services.clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await moveCursor(tx, reaction.name, { from, to: row.index + 1 });
  });
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
