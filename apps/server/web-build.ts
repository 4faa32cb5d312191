import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DIST = path.join(ROOT, 'apps/web/dist');
const STAMP = path.join(DIST, '.built-from');
const SOURCES = ['apps/web/**/*', 'platform/web/**/*', 'features/*/web/**/*', 'features/*/*.ts', 'packages/*/src/**/*', 'package-lock.json'];

/** Builds the web if its sources changed since the last build. Answers the folder to serve. */
export function buildWeb(say: (line: string) => void): string {
  const from = digestOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === from) return DIST;
  say('Building the web (once, and after an update) ...');
  const built = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/vite/bin/vite.js'), 'build', path.join(ROOT, 'apps/web'), '--logLevel', 'error'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`Cannot build the web\n${built.stderr.slice(-4000)}`);
  writeFileSync(STAMP, from);
  return DIST;
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: ROOT, exclude: (entry) => entry.name === 'dist', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(path.relative(ROOT, file)).update(readFileSync(file));
  return hash.digest('hex');
}
