import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = /```ts\n([\s\S]*?)```/.exec(readme)![1]!;

test('the example of the README prints what it says', () => {
  const code = example.replace("'@underseal/ledger'", JSON.stringify(new URL('./index.ts', import.meta.url).href));
  const printed = execFileSync(process.execPath, ['--input-type=module-typescript', '-'], { input: code, encoding: 'utf8' });
  assert.equal(printed.trim(), example.trim().split('\n').at(-1)!.slice('// '.length));
});

test('src/ asks nothing of its surroundings', () => {
  const files = ['base64', 'bytes', 'canonical', 'checkpoint', 'entry', 'errors', 'index', 'merkle', 'note', 'prove', 'tiles', 'tree'];
  for (const file of files) {
    const source = readFileSync(new URL(`./${file}.ts`, import.meta.url), 'utf8');
    assert.doesNotMatch(source, /node:|Math\.random|Date\.now|new Date\(\)|getRandomValues|process\./, file);
  }
});
