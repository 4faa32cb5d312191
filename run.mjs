#!/usr/bin/env node
// Any Node from 18 on can run this: it picks one that is new enough for the rest, installs what is missing, and runs the given entry with it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const root = path.dirname(fileURLToPath(import.meta.url));
const stamp = path.join(root, 'node_modules', '.underseal-lock');

export function launch(entry, args) {
  installIfStale();
  const node = findNode();
  if (!node) fail(`Node.js ${NEEDED} is needed; this is ${process.version}, and the one that npm brings is missing (was it run with --omit=optional?)`);
  // Tools with a "#!/usr/bin/env node" line get the same Node. fd 3 closes when this process dies, however it dies.
  const env = { ...process.env, PATH: path.dirname(node) + path.delimiter + (process.env.PATH ?? ''), UNDERSEAL_PARENT_PIPE: '3' };
  const child = spawn(node, [path.resolve(root, entry), ...args], { stdio: ['inherit', 'inherit', 'inherit', 'pipe'], env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm that is told to end tells nobody: its child would serve on.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('exit', (code, signal) => process.exit(signal ? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : (code ?? 1)));
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = path.join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(file) ? file : undefined;
}

/** Installs once per lock file; of two who start at once, one installs and the other waits. */
function installIfStale() {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const fresh = () => (existsSync(stamp) ? readFileSync(stamp, 'utf8') === lock : isInstalledByHand());
  if (fresh()) return;
  const busy = path.join(root, '.cache', 'installing');
  mkdirSync(path.dirname(busy), { recursive: true });
  for (let told = false; !take(busy); told = true) {
    if (!told) process.stderr.write('Waiting for another start that installs what is missing ...\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    if (fresh()) return;
  }
  try {
    process.stderr.write('Installing what is missing (npm ci) ...\n');
    const npm = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0) fail('npm ci did not finish: see that the npm registry can be reached, then start again');
    writeFileSync(stamp, lock);
  } finally {
    rmSync(busy, { recursive: true, force: true });
  }
}

/** By `npm ci` alone, which writes this file last. */
function isInstalledByHand() {
  const done = path.join(root, 'node_modules', '.package-lock.json');
  return existsSync(done) && statSync(done).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function take(folder) {
  const pid = path.join(folder, 'pid');
  try {
    mkdirSync(folder);
    writeFileSync(pid, String(process.pid));
    return true;
  } catch {
    // Left behind by one that was stopped in the middle.
    try {
      const by = existsSync(pid) ? Number(readFileSync(pid, 'utf8')) : 0;
      if (by > 0 ? !isAlive(by) : Date.now() - statSync(folder).mtimeMs > 10_000) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Gone meanwhile.
    }
    return false;
  }
}
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function fail(message) {
  process.stderr.write(`Cannot start: ${message}\n`);
  process.exit(78);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) launch(process.argv[2], process.argv.slice(3));
