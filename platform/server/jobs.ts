import { PgBoss, type JobResult } from 'pg-boss';
import type { PgSettings } from './db.ts';
import type { Log } from './log.ts';

/** Work that outlives a request: kept in PostgreSQL, tried again, done at least once. */
export interface Jobs {
  /** Queues work, once per key while it waits. Data are ids only. */
  send(name: string, data: Readonly<Record<string, string>>, key?: string): Promise<void>;
  /** Declares who does the work; handlers must bear being called twice with the same data. */
  work(name: string, handler: (data: Readonly<Record<string, string>>) => Promise<void>): Promise<void>;
  /** Begins nothing more, and gives what is under way a few seconds; what does not end then is done anew by who opens the queue next. May be called again. */
  close(): Promise<void>;
}

const GRACE_MS = 5_000;
const LOOKING = { pollingIntervalSeconds: 0.5, batchSize: 4, burstWhenBatchFull: true, perJobResults: true } as const;

/** Jobs by pg-boss, in a schema of its own that belongs to the owner's role. */
export async function startJobs(owner: PgSettings, log: Log): Promise<Jobs> {
  const boss = new PgBoss({ ...owner, ssl: owner.ssl ?? false, schema: 'jobs', max: 3, application_name: 'underseal jobs' });
  boss.on('error', (error) => log.error({ err: error }, 'jobs: the queue reported an error'));
  await boss.start();
  const known = new Set<string>();
  let closing = false;
  const tryJob = async (name: string, { id, work }: { id: string; work: () => Promise<void> }): Promise<JobResult> => {
    try {
      await work();
      return { id, status: 'completed' };
    } catch (error) {
      log.warn({ err: error, job: name }, 'jobs: one failed, will be tried again');
      return { id, status: 'failed' };
    }
  };
  const know = async (name: string) => {
    if (known.has(name)) return;
    await boss.createQueue(name, { retryLimit: 5, retryBackoff: true, retryDelay: 1, expireInSeconds: 900, policy: 'short' });
    known.add(name);
  };
  return {
    async send(name, data, key) {
      await know(name);
      await boss.send(name, data, key === undefined ? {} : { singletonKey: key });
    },
    async work(name, handler) {
      await know(name);
      // Looks every half second, and at once again while there is much to do. One that fails is tried again without the others of its batch.
      await boss.work<Record<string, string>, never, typeof LOOKING>(name, LOOKING, async (jobs) => {
        const results: JobResult[] = [];
        for (const { id, data } of jobs) {
          // What has not begun when the house closes is left out, and so is done by the next one.
          if (closing) break;
          results.push(await tryJob(name, { id, work: () => handler(data) }));
        }
        return results;
      });
    },
    async close() {
      closing = true;
      await boss.stop({ graceful: true, timeout: GRACE_MS, close: true });
    },
  };
}
