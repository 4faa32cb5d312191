import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { DatabaseSettings } from '#platform/server/db.ts';
import { settingsOfUrl } from '#platform/server/db.ts';
import { startEmbedded } from '#platform/server/embedded.ts';
import { migrate } from '#platform/server/migrate.ts';

/** One database server for the whole test run, migrated once into a template that each test file copies. */
export async function setup(): Promise<{ env: Record<string, string>; close(): Promise<void> }> {
  const outside = process.env['UNDERSEAL_TEST_URL'];
  const server = outside ? await useOutside(outside) : await useEmbedded();
  const template = `template_${process.pid}`;
  await command(server.settings.owner, `create database ${template}`);
  await migrate({ owner: { ...server.settings.owner, database: template }, app: { ...server.settings.app, database: template } });
  return {
    env: { UNDERSEAL_TEST_DATABASE: JSON.stringify({ ...server.settings, template }) },
    async close() {
      await dropDatabase(server.settings.owner, template);
      await server.close();
    },
  };
}
export interface TestServer extends DatabaseSettings {
  readonly template: string;
}

async function useEmbedded() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'underseal-test-'));
  // Autovacuum works as the superuser, and the owner may not end it when a database is dropped.
  // Each house holds twenty connections at most, and a test file may have a dozen of them.
  const embedded = await startEmbedded({ dir, settings: { autovacuum: 'off', max_connections: '500' } });
  return {
    settings: { owner: embedded.owner, app: embedded.app },
    async close() {
      await embedded.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `UNDERSEAL_TEST_URL` names an outside PostgreSQL as a role that may create roles and databases: the same stories run there. */
async function useOutside(url: string) {
  const owner = settingsOfUrl(url);
  const user = `underseal_app_${process.pid}`;
  await command(owner, `create role ${user} login password 'of-this-run-only'`);
  return {
    settings: { owner, app: { ...owner, user, password: 'of-this-run-only' } },
    close: () => command(owner, `drop role if exists ${user}`).catch(() => undefined),
  };
}

export async function command(settings: DatabaseSettings['owner'], sql: string): Promise<void> {
  const client = new pg.Client(settings);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A connection that was closed goes a moment later, and the owner may not end those of other roles. */
export async function dropDatabase(owner: DatabaseSettings['owner'], name: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await command({ ...owner, database: 'postgres' }, `drop database if exists ${name} with (force)`);
    } catch (error) {
      if (tries === 200 || !['42501', '55006'].includes((error as { code?: string }).code ?? '')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
