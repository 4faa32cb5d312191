// All that must hold before anything lands: `npm run ok`; `--full` adds the long campaigns. Ends with `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { exitWithParent } from '../platform/server/parent.ts';

exitWithParent();
// Stopped by hand or by its launcher, it takes along what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const full = process.argv.includes('--full');
// In CI everything is printed as it comes, so that what hangs can be seen.
const verbose = process.env['CI'] !== undefined;
const LIMIT_MINUTES = full ? 60 : 20;
const bin = (name: string) => `node_modules/.bin/${name}`;
const node = (file: string, ...args: string[]) => [process.execPath, file, ...args];
const checks: readonly { name: string; command: string[] }[] = [
  { name: 'format', command: [bin('oxfmt'), '--check', '.'] },
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings', '.'] },
  { name: 'imports', command: node('tools/check-imports.ts') },
  { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'types of packages', command: [bin('tsc'), '-p', 'tsconfig.packages.json'] },
  { name: 'types of the web', command: [bin('tsc'), '-p', 'tsconfig.web.json'] },
  { name: 'database types', command: node('tools/db-types.ts', '--check') },
  { name: 'generated docs', command: node('tools/docs.ts', '--check') },
];
const suites = [
  { name: 'tests', command: node('tools/test.ts'), needs: '.' },
  { name: 'stories on an outside PostgreSQL', command: node('tools/outside.ts'), needs: '/usr/lib/postgresql' },
  { name: 'browser walks', command: node('tools/test.ts', '--walks'), needs: 'testing/walks' },
];

const total = { passed: 0, failed: 0 };
for (const { name, command } of checks.filter((check) => exists(check.command))) {
  const { status } = await timed(name, command);
  if (status === 0) total.passed++;
  else total.failed++;
}
if (total.failed === 0) {
  for (const { name, command } of suites.filter((suite) => existsSync(suite.needs))) {
    const { status, output } = await timed(name, command);
    const counts = /^(\d+) passed, (\d+) failed/m.exec(output.split('\n').slice(-5).join('\n'));
    total.passed += Number(counts?.[1] ?? 0);
    total.failed += Number(counts?.[2] ?? 0) || (status === 0 ? 0 : 1);
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

/** Runs it in a group of its own, and ends the whole group when it takes too long: nothing that it leaves open is waited for. */
async function timed(name: string, [command, ...args]: string[]): Promise<{ status: number | null; output: string }> {
  const begun = performance.now();
  console.log(`\n--- ${name}`);
  const child = spawn(command!, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...(full ? { SLOW: '1' } : {}) } });
  const endGroup = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  process.once('exit', endGroup);
  let output = '';
  const take = (piece: Buffer) => {
    output += piece.toString();
    if (verbose) process.stdout.write(piece);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    endGroup();
  }, LIMIT_MINUTES * 60_000);
  const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearTimeout(limit);
  // What it printed last may still be on its way.
  await new Promise((resolve) => setTimeout(resolve, 200));
  endGroup();
  process.off('exit', endGroup);
  if (!verbose) process.stdout.write(status === 0 ? output.split('\n').slice(-4).join('\n') : output);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(status === 0 ? `holds after ${seconds} s` : `FAILS after ${seconds} s${late ? `: ended, since it may take ${LIMIT_MINUTES} minutes` : ''}`);
  return { status, output };
}
function exists([, file]: string[]): boolean {
  return !file?.startsWith('tools/') || existsSync(file);
}
