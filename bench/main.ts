// `npm run bench`, with names to run some: each bench against a peer, or the physical limit, in the same run. Prints ratios; asserts nothing.
import { fork } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { exitWithParent } from '../platform/server/parent.ts';
import type { Figure, Row } from './figures.ts';
import { NAMES, type Name } from './names.ts';

exitWithParent();

const unknown = process.argv.slice(2).filter((name) => !(NAMES as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}: choose of ${NAMES.join(', ')}`);
  process.exit(1);
}
const chosen = process.argv.length > 2 ? NAMES.filter((name) => process.argv.includes(name)) : NAMES;
const rows: Row[] = [];
for (const name of chosen) {
  process.stderr.write(`${name} ...\n`);
  rows.push(...(await runApart(name)));
}
print(rows);

function runApart(name: Name): Promise<Row[]> {
  const child = fork(fileURLToPath(new URL('./one.ts', import.meta.url)), [name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (found) => resolve(found as Row[]));
    child.once('exit', (code) => reject(new Error(`the bench ${name} ended with ${code}`)));
  });
}

function print(all: readonly Row[]) {
  console.log(`\n${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} processors, Node ${process.version}\n`);
  console.log('| what | ours | peer | ratio (lowest to highest) |\n| --- | --- | --- | --- |');
  for (const { what, unit, ours, peer, ratio, note } of all) {
    const theirs = peer ? `${tell(peer, unit)} (${peer.name})` : '';
    const quotient = ratio ? `**${ratio.median.toFixed(2)}** (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})` : '';
    console.log(`| ${what}${note === undefined ? '' : `: ${note}`} | ${tell(ours, unit)} | ${theirs} | ${quotient} |`);
  }
  console.log('\nA ratio above 1 means that ours is the faster. Medians of rounds by turns; p50 and p99 are milliseconds.');
}
function tell({ value, p50, p99 }: Figure, unit: string): string {
  const amount = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
  return `${amount} ${unit}${p50 === undefined || p99 === undefined ? '' : `, p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}`}`;
}
