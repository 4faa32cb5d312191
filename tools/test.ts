// Runs the tests: `npm test`, with globs to run some; `--walks` runs the browser walks instead. Ends with `N passed, N failed`.
import { chmodSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { setup } from '../testing/global.ts';
import { exitWithParent } from '../platform/server/parent.ts';

exitWithParent();

const args = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const walks = process.argv.includes('--walks');
const everywhere = walks
  ? ['testing/walks/**/*.walk.ts']
  : ['packages/**/*.test.ts', 'platform/**/*.test.ts', 'features/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts', 'testing/**/*.test.ts'];
const files = globSync(args.length > 0 ? args : everywhere, { exclude: (name) => name.includes('node_modules') });

if (walks && !existsSync('/usr/bin/chromium')) {
  console.error('The walks need Chromium at /usr/bin/chromium: apt-get install chromium');
  process.exit(1);
}
// A folder of this run alone for temporary files: what tests find in it is their own.
const temporary = mkdtempSync(path.join(os.tmpdir(), 'underseal-run-'));
// The account that runs a database for root must reach what lies in it, or the database would lie elsewhere and stay there.
chmodSync(temporary, 0o711);
process.env['TMPDIR'] = temporary;
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
const server = await setup();
Object.assign(process.env, server.env);
let passed = 0;
let failed = 0;
let skipped = 0;
const stream = run({ files, concurrency: walks ? 1 : 2, timeout: 5 * 60_000 });
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite') return;
  if (event.skip !== undefined && event.skip !== false) skipped++;
  else passed++;
});
stream.on('test:fail', (event) => {
  if (event.details.type !== 'suite') failed++;
});
// A file whose process stays is never reported as done: what hangs is named, and the run fails.
const silent = watchSilence(6 * 60_000);
stream.on('test:dequeue', (event) => silent.heard(event.file));
stream.on('test:complete', (event) => silent.heard(event.file));
stream.compose(spec).pipe(process.stdout);
await new Promise((resolve) => stream.once('end', resolve));
await server.close();
await new Promise((resolve) => setTimeout(resolve, 200));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

function watchSilence(limit: number) {
  const unheard = new Set(files.map((file) => path.resolve(file)));
  let last = 'none';
  const end = () => {
    const waiting = [...unheard].map((file) => path.relative('.', file));
    console.error(`\nNothing was heard for ${limit / 60_000} minutes. Last heard of: ${last}. Never heard of: ${waiting.join(', ') || 'none'}`);
    process.exit(1);
  };
  let timer = setTimeout(end, limit);
  return {
    heard(file: string | undefined) {
      clearTimeout(timer);
      timer = setTimeout(end, limit);
      if (file === undefined) return;
      last = path.relative('.', file);
      unheard.delete(path.resolve(file));
    },
  };
}
