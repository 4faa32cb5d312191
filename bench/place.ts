import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import pg from 'pg';
import { startServer, type Server } from '#apps/server/server.ts';
import { ROLE_PERMISSIONS } from '#features/people/contract.ts';
import { startSession } from '#features/people/server/sessions.ts';
import { hirePerson } from '#features/people/server/testing.ts';
import type { Actor } from '#platform/server/actor.ts';
import { readConfig } from '#platform/server/config.ts';
import { findRunning } from '#platform/server/embedded.ts';
import type { Services } from '#platform/server/services.ts';

/** The real server with its own PostgreSQL on data of its own, and the same database for a peer beside it. */
export interface Place {
  readonly folder: string;
  readonly server: Server;
  readonly owner: Actor;
  /** The owner's first, then many readers': each person may ask 1200 times a minute, so load goes round. */
  readonly bearers: readonly string[];
  /** The application's login with the pool size that the server has. */
  readonly pool: pg.Pool;
  /** As the owner of the database, who may make a peer's tables. */
  asOwner(sql: string): Promise<void>;
  /** A Fastify without any of our hooks, in the process of the server. */
  readonly bare: FastifyInstance;
  close(): Promise<void>;
}
const BEARERS = 60;

/** A session on the command line. */
function signIn(services: Services, person: Actor): Promise<string> {
  return services.db.transaction().execute(async (tx) => {
    const within = { tx, now: services.clock.now(), services, actor: person };
    return (await startSession(within, { personId: person.id, kind: 'command-line', strong: false })).sessionToken;
  });
}
/** Who may know of every secret, and opens none. */
async function hireReader(services: Services, number: number): Promise<string> {
  const id = await hirePerson(services, { name: `Reader ${number}`, email: `reader-${number}@halvorsen.example`, roles: ['owner', 'counsel'] });
  return signIn(services, { kind: 'person', id, permissions: new Set(), address: '127.0.0.1' });
}

export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'underseal-bench-'));
  const config = readConfig({ UNDERSEAL_DATA: path.join(folder, 'data'), UNDERSEAL_PORT: '0' });
  const server = await startServer({ config, dist: undefined, say: () => undefined });
  const settings = findRunning(config.data)!;
  const pool = new pg.Pool({ ...settings.app, max: 16, application_name: 'bench peer' });
  const { services } = server.house;
  const id = await hirePerson(services, { name: 'Ann', email: 'ann@halvorsen.example', roles: ['owner'] });
  const owner: Actor = { kind: 'person', id, permissions: new Set(ROLE_PERMISSIONS.owner), address: '127.0.0.1' };
  const bearers = [await signIn(services, owner)];
  while (bearers.length < BEARERS) bearers.push(await hireReader(services, bearers.length));
  const asOwner = async (sql: string) => {
    const client = new pg.Client(settings.owner);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await asOwner('create schema bench; grant usage on schema bench to public');
  const bare = Fastify() as unknown as FastifyInstance;
  return {
    folder,
    server,
    owner,
    bearers,
    pool,
    asOwner,
    bare,
    async close() {
      bare.server.closeAllConnections();
      await bare.close();
      await pool.end();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
