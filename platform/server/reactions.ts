import type { EventDefinition } from '@underseal/contract';
import { SYSTEM } from './actor.ts';
import type { Feature, Reaction, ReactionCtx } from './feature.ts';
import { pend, writeEntries, type Pending } from './ledger/outbox.ts';
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
export function startReactions(features: readonly Feature[], services: Services, committed: () => void): Reactions {
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

function startRunner(reaction: Reaction, services: Services, committed: () => void) {
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
  readonly committed: () => void;
  readonly tries: Map<number, number>;
}
/** Handles the next few entries; answers whether there were any. The cursor moves in the transaction of what was done. */
async function step(reaction: Reaction, { services, committed, tries }: Stepping): Promise<boolean> {
  const cursor = await services.db.selectFrom('platform_cursor').select('position').where('reaction', '=', reaction.name).executeTakeFirst();
  const position = cursor?.position ?? 0;
  const rows = await services.db
    .selectFrom('ledger_entry')
    .select(['index', 'id', 'type', 'at', 'leaf'])
    .where('index', '>=', position)
    .orderBy('index')
    .limit(BATCH)
    .execute();
  for (const row of rows) {
    const event = reaction.on.find((known) => known.name === row.type);
    try {
      if (event) await handleOne(reaction, { services, committed }, { event, row });
    } catch (error) {
      const tried = (tries.get(row.index) ?? 0) + 1;
      tries.set(row.index, tried);
      if (tried < TRIES) throw error;
      await services.db
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
      services.alarm('platform.entry_parked', { index: row.index });
      await moveCursor(services.db, reaction.name, row.index + 1);
    }
    tries.delete(row.index);
  }
  if (rows.length > 0) await moveCursor(services.db, reaction.name, rows.at(-1)!.index + 1);
  return rows.length > 0;
}

interface Row {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly leaf: Buffer;
}
async function handleOne(
  reaction: Reaction,
  { services, committed }: Pick<Stepping, 'services' | 'committed'>,
  { event, row }: { event: EventDefinition; row: Row },
) {
  const recorded: Pending[] = [];
  await services.db.transaction().execute(async (tx) => {
    const now = services.clock.now();
    const ctx = {
      tx,
      now,
      services,
      record: (definition: EventDefinition, data: unknown) => (recorded.push(pend(definition, data)), recorded.at(-1)!.id),
    } as unknown as ReactionCtx;
    await reaction.handle(ctx, toRecorded(row, event));
    await moveCursor(tx, reaction.name, row.index + 1);
    await writeEntries(tx, recorded, { keys: services.keys, actor: SYSTEM.id, at: now, via: reaction.name, cause: row.id });
  });
  if (recorded.length > 0) committed();
}

async function moveCursor(tx: Services['db'] | Parameters<typeof writeEntries>[0], reaction: string, position: number) {
  await tx
    .insertInto('platform_cursor')
    .values({ reaction, position })
    .onConflict((conflict) => conflict.column('reaction').doUpdateSet({ position }))
    .execute();
}
