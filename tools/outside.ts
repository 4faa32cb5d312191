// The stories on an outside PostgreSQL: Debian's own (15), started in a folder that goes away, with an owner that may make roles.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exitWithParent } from '../platform/server/parent.ts';

exitWithParent();

const bin = globSync('/usr/lib/postgresql/*/bin').sort().at(-1);
if (!bin) {
  console.error('No PostgreSQL is installed: apt-get install postgresql');
  process.exit(1);
}
const account = process.getuid?.() === 0 ? accountOf('postgres') : undefined;
const base = mkdtempSync(path.join(os.tmpdir(), 'underseal-pg-'));
chmodSync(base, 0o711);
const folder = path.join(base, 'd');
const as = { ...account, cwd: '/', encoding: 'utf8' as const };
if (account) chownSync(base, account.uid, account.gid);
const made = spawnSync(path.join(bin, 'initdb'), ['-D', folder, '-U', 'outside_owner', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], as);
if (made.status !== 0) throw new Error(made.stderr);
const server = spawn(
  path.join(bin, 'postgres'),
  ['-D', folder, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${base}`, '-c', 'max_connections=500'],
  { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
);
await new Promise<void>((resolve, reject) => {
  let tail = '';
  server.stderr.on('data', (piece: Buffer) => {
    tail += piece.toString();
    if (tail.includes('ready to accept connections')) resolve();
  });
  server.once('exit', () => reject(new Error(tail)));
});
const url = `postgres://outside_owner@localhost/postgres?host=${encodeURIComponent(base)}`;
const { status } = spawnSync(process.execPath, ['tools/test.ts', 'features/**/*.test.ts', 'testing/every-operation.test.ts', 'apps/server/*.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, UNDERSEAL_TEST_URL: url },
});
const ended = new Promise((resolve) => server.once('exit', resolve));
server.kill('SIGINT');
await ended;
rmSync(base, { recursive: true, force: true });
process.exit(status ?? 1);

function accountOf(name: string) {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
  if (!entry) throw new Error(`There is no account ${name}`);
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}
