// All that must hold before anything lands: `npm run ok`; `--full` adds the long campaigns. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { exitWithParent } from '../platform/server/parent.ts';

exitWithParent();

const full = process.argv.includes('--full');
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
  const { status } = timed(name, command);
  if (status === 0) total.passed++;
  else total.failed++;
}
if (total.failed === 0) {
  for (const { name, command } of suites.filter((suite) => existsSync(suite.needs))) {
    const { status, output } = timed(name, command);
    const counts = /^(\d+) passed, (\d+) failed/m.exec(output.split('\n').slice(-5).join('\n'));
    total.passed += Number(counts?.[1] ?? 0);
    total.failed += Number(counts?.[2] ?? 0) || (status === 0 ? 0 : 1);
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);

function timed(name: string, [command, ...args]: string[]) {
  const begun = performance.now();
  console.log(`\n--- ${name}`);
  const { status, stdout, stderr } = spawnSync(command!, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...(full ? { SLOW: '1' } : {}) },
  });
  const output = `${stdout}${stderr}`;
  process.stdout.write(status === 0 ? output.split('\n').slice(-4).join('\n') : output);
  console.log(`${status === 0 ? 'holds' : 'FAILS'} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return { status, output: stdout };
}
function exists([, file]: string[]): boolean {
  return !file?.startsWith('tools/') || existsSync(file);
}
