import { existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { findRunning } from '#platform/server/embedded.ts';
import { inData, readConfig, type Config } from '#platform/server/config.ts';
import { settingsOfUrl, type PgSettings } from '#platform/server/db.ts';
import { findForeignStep, listSteps, type Step } from '#platform/server/migrate.ts';
import { openPresentRoot, rootFileOf } from '#platform/server/root-key.ts';
import { isLoopback, serverOf } from './connection.ts';
import { describeFailure } from './failing.ts';
import { printable, writeJson, type Common, type Io } from './io.ts';

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly says: string;
  /** What to do, where something is to be done. */
  readonly mend?: string;
}
type Check = () => Promise<Omit<Finding, 'check'>>;

const LEAST_FREE_BYTES = 2 ** 30;
const MOST_SKEW_MS = 5_000;
const ASK_MS = 5_000;

/** Looks at what has to hold, one line each. Of a server elsewhere it sees only what that answers. */
export async function doctor(io: Io, options: Common): Promise<number> {
  const server = findServer(io, options);
  const isHere = server === undefined || isLoopback(new URL(server).hostname);
  const checks: [string, Check][] = [['node', checkNode], ...(isHere ? checksOfThisMachine(io) : []), ...(server === undefined ? [] : checksOfServer(server))];
  let failed = false;
  for (const [check, look] of checks) {
    const finding: Finding = {
      check,
      ...(await look().catch((error: unknown): Omit<Finding, 'check'> => ({ state: 'fail', says: describeFailure(error).message }))),
    };
    failed ||= finding.state === 'fail';
    if (options.json) writeJson(io, finding);
    else
      io.out(
        printable(
          `${finding.state.padEnd(4)}  ${finding.check.padEnd(9)} ${finding.says}${finding.mend === undefined ? '' : `\n                ${finding.mend}`}\n`,
        ),
      );
  }
  return failed ? 1 : 0;
}

/** Undefined where the server is this machine's by its settings, and these are wrong: that is what has to be said, and what is asked next would only echo it. */
function findServer(io: Io, options: Common): string | undefined {
  if (options.server === undefined && !io.env['UNDERSEAL_URL']) {
    try {
      readConfig(io.env);
    } catch {
      return undefined;
    }
  }
  return serverOf(io, options);
}

async function checkNode(): Promise<Omit<Finding, 'check'>> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return { state: 'ok', says: `Node.js ${process.versions.node}` };
  return { state: 'fail', says: `Node.js ${process.versions.node}`, mend: 'Start it by npx underseal, which brings Node.js 24.' };
}

function checksOfThisMachine(io: Io): [string, Check][] {
  let config: Config;
  try {
    config = readConfig(io.env);
  } catch (error) {
    return [['settings', async () => ({ state: 'fail', says: describeFailure(error).message, mend: 'docs/configuration.md names every setting.' })]];
  }
  return [
    ['settings', async () => ({ state: 'ok', says: `data in ${inData(config)}, ${config.databaseUrl ? 'an outside database' : 'the embedded database'}` })],
    ['disk', () => checkDisk(config)],
    ['root-key', () => checkRootKey(config)],
    ['database', () => checkDatabase(config)],
    ['web', checkWeb],
  ];
}

async function checkDisk(config: Config): Promise<Omit<Finding, 'check'>> {
  const dir = inData(config);
  if (!existsSync(dir))
    return { state: 'warn', says: `${dir} does not exist yet`, mend: 'The first start makes it; or set UNDERSEAL_DATA to the folder of your server.' };
  if (process.platform !== 'win32' && (statSync(dir).mode & 0o066) !== 0)
    return { state: 'fail', says: `other users of this machine may read ${dir}`, mend: `chmod 700 ${dir}` };
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  const says = `${(free / 2 ** 30).toFixed(1)} GiB free in ${dir}`;
  return free < LEAST_FREE_BYTES ? { state: 'fail', says, mend: 'Make room: uploads and the database stop when the disk is full.' } : { state: 'ok', says };
}

async function checkRootKey(config: Config): Promise<Omit<Finding, 'check'>> {
  const { file } = rootFileOf(config);
  if (!existsSync(file)) {
    const isUsed = existsSync(inData(config, 'pg18')) || existsSync(inData(config, 'LOCATION')) || existsSync(inData(config, 'application-role.json'));
    if (!isUsed) return { state: 'warn', says: 'there is none yet', mend: 'The first start makes it.' };
    return {
      state: 'fail',
      says: `it is missing at ${file}`,
      mend: 'Put it back, or make it from the recovery kit: underseal restore-key --kit FILE. Without either nothing can be opened.',
    };
  }
  const root = await openPresentRoot(config);
  root.close();
  return { state: 'ok', says: `${root.id} in ${file}, for its owner alone` };
}

async function checkDatabase(config: Config): Promise<Omit<Finding, 'check'>> {
  const owner: PgSettings | undefined = config.databaseUrl ? settingsOfUrl(config.databaseUrl) : findRunning(inData(config))?.owner;
  if (!owner) return { state: 'fail', says: 'the embedded database does not run', mend: 'It starts with the server: npm start' };
  const client = new pg.Client({ ...owner, ssl: owner.ssl ?? false, connectionTimeoutMillis: ASK_MS, application_name: 'underseal doctor' });
  // A connection that breaks fails the query under way; unheard, it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; now: Date }>(
      `select current_setting('server_version_num')::int as version, clock_timestamp() as now`,
    );
    const { version, now } = rows[0]!;
    if (version < 150_000) return { state: 'fail', says: `PostgreSQL ${Math.floor(version / 10_000)}`, mend: 'PostgreSQL 15 or newer is needed.' };
    const skew = Math.abs(now.getTime() - Date.now());
    if (skew > MOST_SKEW_MS)
      return {
        state: 'fail',
        says: `its clock is ${Math.round(skew / 1000)} s off this machine's`,
        mend: 'Let both take their time from the same source (NTP).',
      };
    const steps = await compareSteps(client, version);
    return steps.state === 'ok' ? ((await findParked(client)) ?? steps) : steps;
  } catch (error) {
    return {
      state: 'fail',
      says: `it cannot be used: ${(error as { code?: string }).code ?? (error as Error).name}`,
      mend: config.databaseUrl ? 'Check DATABASE_URL, and that the database accepts connections from here.' : 'Run this as the user that runs the server.',
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function compareSteps(client: pg.Client, version: number): Promise<Omit<Finding, 'check'>> {
  const { rows: taken } = await client.query<Step>(`select name, digest from platform_migration order by name`);
  const foreign = await findForeignStep(taken);
  if (foreign !== undefined)
    return { state: 'fail', says: `its step ${foreign} is not one of this program's`, mend: 'It was made by a newer or another version: use that one.' };
  const [postgres, behind] = [`PostgreSQL ${Math.floor(version / 10_000)}`, (await listSteps()).length - taken.length];
  if (behind > 0) return { state: 'warn', says: `${postgres}, ${behind} steps behind`, mend: 'The next start takes them.' };
  return { state: 'ok', says: `${postgres}, all ${taken.length} steps taken` };
}

/** What the server could not work off: a document so put aside is not recognised yet. */
async function findParked(client: pg.Client): Promise<Omit<Finding, 'check'> | undefined> {
  const { rows } = await client.query<{ count: number; codes: string[] }>(
    `select count(*)::int as count, array_agg(distinct code) as codes from platform_parked`,
  );
  const { count, codes } = rows[0]!;
  if (count === 0) return undefined;
  return {
    state: 'warn',
    says: `${count === 1 ? 'one entry' : `${count} entries`} of the ledger could not be worked off yet (${codes.join(', ')})`,
    mend: 'Tried again by itself, at least every hour; the log of the server tells why it failed.',
  };
}

async function checkWeb(): Promise<Omit<Finding, 'check'>> {
  const built = existsSync(path.resolve(import.meta.dirname, '../web/dist/index.html'));
  return built ? { state: 'ok', says: 'built' } : { state: 'warn', says: 'not built: only the API would be served', mend: 'npm start builds it.' };
}

function checksOfServer(server: string): [string, Check][] {
  return [
    ['server', () => checkServer(server)],
    ['ready', () => checkReady(server)],
    ['set-up', () => checkSetUp(server)],
    ['clock', () => checkClock(server)],
  ];
}
const ask = (server: string, path: string, init: RequestInit = {}) =>
  fetch(`${server}${path}`, { ...init, redirect: 'error', signal: AbortSignal.timeout(ASK_MS) }).catch(() => undefined);
const noAnswer = (server: string) =>
  ({ state: 'fail', says: `${server} does not answer`, mend: 'Start it: npm start. If it runs elsewhere, name it by --server or UNDERSEAL_URL.' }) as const;

async function checkServer(server: string): Promise<Omit<Finding, 'check'>> {
  const response = await ask(server, '/healthz');
  if (!response) return noAnswer(server);
  if (response.ok) return { state: 'ok', says: `${server} answers` };
  return {
    state: 'fail',
    says: `${server} answers with ${response.status}`,
    mend: response.status === 403 ? 'Add the name to UNDERSEAL_ALLOWED_HOSTS on the server.' : 'Check that it is Underseal that answers there.',
  };
}

async function checkReady(server: string): Promise<Omit<Finding, 'check'>> {
  const response = await ask(server, '/readyz');
  if (!response) return noAnswer(server);
  const { ready, parts } = ((await response.json().catch(() => undefined)) ?? {}) as { ready?: boolean; parts?: Record<string, boolean> };
  if (ready === true) return { state: 'ok', says: `${Object.keys(parts ?? {}).join(', ')} ready` };
  const waiting = Object.entries(parts ?? {})
    .filter(([, isReady]) => !isReady)
    .map(([part]) => part);
  return {
    state: 'fail',
    says: waiting.length > 0 ? `not ready: ${waiting.join(', ')}` : 'it does not say',
    mend: 'Wait a moment after a start; then see its log.',
  };
}

async function checkSetUp(server: string): Promise<Omit<Finding, 'check'>> {
  const response = await ask(server, '/api/people.status', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  if (!response) return noAnswer(server);
  const { installed } = ((await response.json().catch(() => undefined)) ?? {}) as { installed?: boolean };
  if (installed === true) return { state: 'ok', says: 'done' };
  return {
    state: 'warn',
    says: installed === false ? 'not done yet' : 'the server does not say',
    mend: 'Open the link that the server printed, or run underseal setup.',
  };
}

/** The answer's Date header has whole seconds. */
async function checkClock(server: string): Promise<Omit<Finding, 'check'>> {
  const response = await ask(server, '/healthz');
  const at = Date.parse(response?.headers.get('date') ?? '');
  if (!response || Number.isNaN(at)) return noAnswer(server);
  const skew = Math.abs(Date.now() - at);
  if (skew <= MOST_SKEW_MS) return { state: 'ok', says: `within ${MOST_SKEW_MS / 1000} s of the server's` };
  return { state: 'fail', says: `${Math.round(skew / 1000)} s off the server's`, mend: 'One-time codes and records need the right time: set both by NTP.' };
}
