import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createVaultBytes } from '#features/vault/server/index.ts';
import { announceSetUp, createAuthenticator, isInstalled } from '#features/people/server/index.ts';
import { createDirectoryBlobs } from '#platform/server/blobs.ts';
import { ConfigError, inData, type Config } from '#platform/server/config.ts';
import { settingsOfUrl, type DatabaseSettings } from '#platform/server/db.ts';
import { startEmbedded } from '#platform/server/embedded.ts';
import { openHouse, type House } from '#platform/server/house.ts';
import { countParked } from '#platform/server/parked.ts';
import { createHttp } from '#platform/server/http.ts';
import type { CookieChange } from '#platform/server/http/parts.ts';
import { createLog, type Log } from '#platform/server/log.ts';
import { migrate } from '#platform/server/migrate.ts';
import { openOutside } from '#platform/server/outside.ts';
import { systemClock } from '#platform/server/ports.ts';
import { withRootKey } from '#platform/server/root-key.ts';
import { serveWeb } from '#platform/server/web.ts';
import { allFeatures, createGate } from './features.ts';

export interface Server {
  readonly url: string;
  readonly house: House;
  close(): Promise<void>;
}
interface Starting {
  readonly config: Config;
  /** Folder of the built web; without it only the API is served. */
  readonly dist: string | undefined;
  /** For people, on stderr; the log goes to stdout. */
  readonly say: (line: string) => void;
}

/** Starts database, house and HTTP, in this order; stops them in the other. */
export async function startServer({ config, dist, say }: Starting): Promise<Server> {
  const log = createLog(config.logLevel);
  await makeFolder(config);
  // What was started is stopped in the other order, also when a later part does not start.
  const started: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  try {
    const database = await openDatabase(config);
    started.push(() => database.close());
    await migrate(database.settings);
    const blobs = await createDirectoryBlobs(inData(config, 'blobs'));
    const parts = { config, database: database.settings, blobs, clock: systemClock, log, createGate, features: allFeatures };
    const house = await withRootKey(config, database.settings, (root) => openHouse({ ...parts, root, headFile: inData(config, 'ledger-head') }));
    started.push(() => house.close());
    const app = await serveHouse(house, { config, log });
    if (dist) await serveWeb(app, dist);
    started.push(async () => {
      app.server.closeAllConnections();
      await app.close();
    });
    await listen(app, config);
    const url = `${config.tlsCertificate ? 'https' : 'http'}://${config.host.includes(':') ? `[${config.host}]` : config.host}:${(app.server.address() as AddressInfo).port}`;
    await greet(house, { url, say, codeFile: inData(config, 'setup-code') });
    return { url, house, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function serveHouse(house: House, { config, log }: { config: Config; log: Log }): Promise<FastifyInstance> {
  return createHttp({
    async run(name, ...call) {
      const answer = await house.run(name, ...call);
      // The code was used: it need not lie there any longer.
      if (name === 'people.install') rmSync(inData(config, 'setup-code'), { force: true });
      return answer;
    },
    operations: house.operations,
    authenticate: createAuthenticator(house.services),
    cookieOf,
    bytes: createVaultBytes(house.services),
    live: house.live,
    log,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxies,
    tls: config.tlsCertificate && config.tlsKey ? { cert: readFileSync(config.tlsCertificate), key: readFileSync(config.tlsKey) } : undefined,
    isReady: () => readiness(house),
    measure: () => measure(house),
    isInstalled: installedOnce(house),
  });
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw inWords(error, { host, port });
  }
}

/** Makes the data folder once the port is known to be free: one that nobody serves would only be in the way. Names both where both are wrong. */
async function makeFolder(config: Config): Promise<void> {
  const problems = await findPortProblems(config);
  let made: string | undefined;
  try {
    made = makeFolders(inData(config));
  } catch (error) {
    problems.push(`UNDERSEAL_DATA ${inData(config)} cannot be made (${(error as NodeJS.ErrnoException).code}): name a folder that this user may write`);
  }
  if (problems.length === 0) return;
  if (made !== undefined) rmSync(made, { recursive: true });
  throw new ConfigError(problems);
}

/** The first that was not there. One by one: below /proc, Node's own recursion never ends. */
function makeFolders(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const above = makeFolders(path.dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
  return above ?? folder;
}

/** Opens the port for a moment. */
async function findPortProblems({ host, port }: Config): Promise<string[]> {
  const probe = net.createServer();
  try {
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen({ host, port }, resolve));
    return [];
  } catch (error) {
    const told = inWords(error, { host, port });
    if (!(told instanceof ConfigError)) throw told;
    return [...told.problems];
  } finally {
    if (probe.listening) await new Promise((resolve) => probe.close(resolve));
  }
}
function inWords(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new ConfigError([`UNDERSEAL_PORT ${port} is in use on ${host}: stop what uses it, or choose another port`]);
  if (code === 'EACCES') return new ConfigError([`UNDERSEAL_PORT ${port} may not be opened by this user: choose a port above 1023`]);
  if (code === 'EADDRNOTAVAIL') return new ConfigError([`UNDERSEAL_HOST ${host} is no address of this machine: give one that is, or 127.0.0.1`]);
  return error;
}

async function openDatabase(config: Config): Promise<{ settings: DatabaseSettings; close(): Promise<void> }> {
  if (config.databaseUrl)
    return openOutside({
      owner: settingsOfUrl(config.databaseUrl),
      app: config.databaseAppUrl ? settingsOfUrl(config.databaseAppUrl) : undefined,
      file: inData(config, 'application-role.json'),
    });
  const embedded = await startEmbedded({ dir: inData(config) });
  return { settings: { owner: embedded.owner, app: embedded.app }, close: () => embedded.stop() };
}

/** Says where it serves and, while nothing is set up, how to: by a link in a browser, or by the file that `underseal setup` reads on this machine. */
async function greet(house: House, { url, say, codeFile }: { url: string; say: (line: string) => void; codeFile: string }) {
  say(`Underseal serves ${url}`);
  rmSync(codeFile, { force: true });
  const setUp = await announceSetUp(house.services);
  if (!setUp) return;
  writeFileSync(codeFile, `${setUp.code}\n`, { mode: 0o600 });
  say(
    `\nNothing is set up yet. Open this link, once, within 30 minutes:\n\n  ${url}/set-up#${setUp.code}\n\nOr, without a browser: npx underseal setup --organisation NAME --email YOU --name NAME --password-file FILE\n`,
  );
}

/** Sign-in sets the browser's cookies; what a program signed in with, it keeps itself. */
function cookieOf(operation: string, input: unknown, answer: unknown): CookieChange | undefined {
  if (operation === 'people.signOut') return { session: 'clear' };
  const { device } = answer as { device?: string };
  const known = device === undefined ? {} : { device };
  if (operation === 'people.changePassword') return known;
  if (!['people.signIn', 'people.install', 'people.accept'].includes(operation)) return undefined;
  if ((input as { kind?: string } | undefined)?.kind === 'command-line') return undefined;
  const { sessionToken, expiresAt } = answer as { sessionToken: string; expiresAt: string };
  return { session: { token: sessionToken, expiresAt }, ...known };
}

async function measure({ services: { db, blobs } }: House) {
  const { ok, freeBytes } = await blobs.health();
  return { parked: await countParked(db), freeBytes: ok ? freeBytes : 0 };
}
async function readiness(house: House) {
  const database = await house.services.db
    .selectFrom('platform_installation')
    .select('origin')
    .executeTakeFirst()
    .then(
      (row) => !!row,
      () => false,
    );
  const parts = { database, ...house.isReady() };
  return { ready: Object.values(parts).every(Boolean), parts };
}

/** Once installed, always installed: the question costs a statement only before. */
function installedOnce(house: House): () => Promise<boolean> {
  let installed = false;
  return async () => (installed ||= await isInstalled(house.services));
}
