import { randomBytes } from 'node:crypto';
import type { DatabaseSettings } from '#platform/server/db.ts';
import { command, dropDatabase, setup, type TestServer } from './global.ts';

let alone: Promise<{ server: TestServer; close(): Promise<void> }> | undefined;
let users = 0;

/** A migrated database of one's own: a copy of the run's template; a test file run by itself starts its own server. */
export async function freshDatabase(): Promise<DatabaseSettings & { drop(): Promise<void> }> {
  const { server, release } = await findServer();
  const database = `t_${randomBytes(8).toString('hex')}`;
  await command(server.owner, `create database ${database} template ${server.template}`);
  return {
    owner: { ...server.owner, database },
    app: { ...server.app, database },
    async drop() {
      await dropDatabase(server.owner, database);
      await release();
    },
  };
}

async function findServer(): Promise<{ server: TestServer; release(): Promise<void> }> {
  const given = process.env['UNDERSEAL_TEST_DATABASE'];
  if (given) return { server: JSON.parse(given) as TestServer, release: async () => undefined };
  alone ??= setup().then(({ env, close }) => ({ server: JSON.parse(env['UNDERSEAL_TEST_DATABASE']!) as TestServer, close }));
  const own = await alone;
  users++;
  return {
    server: own.server,
    async release() {
      if (--users > 0) return;
      alone = undefined;
      await own.close();
    },
  };
}
