import type { Running } from '#platform/server/feature.ts';
import { startSandbox, type Sandbox } from '#platform/server/sandbox/index.ts';
import type { Services } from '#platform/server/services.ts';
import { buildAllowed } from './allowing.ts';
import { identityKey } from './fingerprint-key.ts';
import { fingerprintSource, NotYet } from './fingerprinting.ts';
import { createIndex, type Index } from './index-store.ts';
import { startScanner, type Scanner } from './scanner.ts';
import { sourceHolds } from './sealed.ts';
import { isAnyPending, listPendingSince } from './store.ts';

/** What the guard runs beside the handlers, one for each house. */
interface Engine {
  readonly sandbox: Sandbox;
  readonly index: Index;
  readonly scanner: Scanner;
}
const engines = new WeakMap<Services, Engine>();
export function engineOf(services: Services): Engine {
  const engine = engines.get(services);
  if (!engine) throw new Error('The guard has not been started');
  return engine;
}
const BUILDING_MS = 15 * 60_000;
export async function startGuard(services: Services): Promise<Running> {
  const { log } = services;
  const own = identityKey(services);
  // Both at once: the sandbox's processes start while this one is busy.
  const [sandbox, allowed] = await Promise.all([startSandbox({ workers: 2, memoryMb: 512, log }), buildAllowed(own.key)]);
  // What takes minutes in a large house keeps no check waiting.
  const builder = startScanner({ ...own, allowed, log, limitMilliseconds: BUILDING_MS });
  const index = createIndex(services, builder.build);
  const engine: Engine = {
    sandbox,
    index,
    scanner: startScanner({ ...own, allowed, log }),
  };
  engines.set(services, engine);
  const loading = engine.index
    .refresh()
    .catch((error: unknown) => services.log.error({ err: error }, 'guard: the index could not be loaded; nothing is said to be clear until it is'));
  await services.jobs.work('guard.fingerprint', async ({ sourceId }) => {
    try {
      await fingerprintSource({ services, ...engine }, sourceId!);
    } catch (error) {
      if (error instanceof NotYet) throw error;
      services.log.error({ err: error, source: sourceId }, 'guard: a source could not be fingerprinted, will be tried again');
      throw error;
    }
  });
  // Another replica's work reaches this one's index too.
  const polling = setInterval(
    () => void engine.index.refresh().catch((error: unknown) => services.log.error({ err: error }, 'guard: the index could not be renewed')),
    2_000,
  );
  polling.unref();
  const queueing = setInterval(
    () => void queueLate(services).catch((error: unknown) => services.log.error({ err: error }, 'guard: what waits too long could not be queued again')),
    LATE_MS / 2,
  );
  queueing.unref();
  return {
    isReady: () => engine.index.isLoaded(),
    async settle() {
      await loading;
      for (;;) {
        if (!(await isAnyPending(services.db))) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await engine.index.refresh();
    },
    async close() {
      clearInterval(polling);
      clearInterval(queueing);
      // Ends what is being built: it is built anew by who comes next.
      await builder.close();
      await loading;
      await engine.scanner.close();
      await engine.sandbox.close();
    },
  };
}

/** Longer than the queue itself tries. */
const LATE_MS = 10 * 60_000;
/** Work that the queue gave up, or lost: a full disk may last longer than it tries. Done twice, it is done once. */
export async function queueLate({ db, clock, jobs, keys }: Pick<Services, 'db' | 'clock' | 'jobs' | 'keys'>): Promise<void> {
  const late = await listPendingSince(db, new Date(clock.now().getTime() - LATE_MS));
  // A row that was changed by hand was told of when it was first tried.
  for (const row of late.filter((one) => sourceHolds(keys, one))) await jobs.send('guard.fingerprint', { sourceId: row.source_id }, row.source_id);
}
