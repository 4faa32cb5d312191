import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');

test('the example of the README runs and finds the passage', () => {
  const example = /```ts\n([^]*?)```/.exec(readme)![1]!;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', example], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^doc_recipe_v1 possible \d+ .*GRAMS\n> OF THE PRECUR-\n/);
});
