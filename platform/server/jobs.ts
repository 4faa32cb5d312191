import { PgBoss } from 'pg-boss';
import type { PgSettings } from './db.ts';
import type { Log } from './log.ts';

/** Work that outlives a request: kept in PostgreSQL, tried again, done at least once. */
export interface Jobs {
  /** Queues work, once per key while it waits. Data are ids only. */
  send(name: string, data: Readonly<Record<string, string>>, key?: string): Promise<void>;
  /** Declares who does the work; handlers must bear being called twice with the same data. */
  work(name: string, handler: (data: Readonly<Record<string, string>>) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Jobs by pg-boss, in a schema of its own that belongs to the owner's role. */
export async function startJobs(owner: PgSettings, log: Log): Promise<Jobs> {
  const boss = new PgBoss({ ...owner, ssl: owner.ssl ?? false, schema: 'jobs', max: 3, application_name: 'underseal jobs' });
  boss.on('error', (error) => log.error({ err: error }, 'jobs: the queue reported an error'));
  await boss.start();
  const known = new Set<string>();
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
      // Looks every half second, and at once again while there is much to do. A batch fails as one: what it had done already is done again.
      await boss.work<Record<string, string>>(name, { pollingIntervalSeconds: 0.5, batchSize: 4, burstWhenBatchFull: true }, async (jobs) => {
        for (const job of jobs) await handler(job.data);
      });
    },
    close: () => boss.stop({ graceful: true, timeout: 5_000, close: true }),
  };
}
