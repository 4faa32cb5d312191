import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultLimits, reasons } from '../src/index.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${folder}README.md`, 'utf8');

test('the example of the README runs and prints what it says', () => {
  const example = /```ts\n([^]*?)```/.exec(readme)![1]!;
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', example], { cwd: folder, encoding: 'utf8' });
  assert.equal(printed.trim(), /\/\/ (true .*)$/m.exec(example)![1]);
});

test('the README tells the limits and reasons as they are', () => {
  const told = Object.fromEntries(
    [...readme.matchAll(/^\|\s*`(\w+)`\s*\|\s*([\d,]+)\s*\|/gm)].map(([, name, value]) => [name, Number(value!.replaceAll(',', ''))]),
  );
  assert.deepEqual(told, defaultLimits);
  for (const reason of reasons) assert.ok(readme.includes(`\`${reason}\``), reason);
});
