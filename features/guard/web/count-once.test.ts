import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOnce } from './count-once.ts';

const of = (...passages: [part: number, from: number, to: number][]) => ({ passages: passages.map(([part, from, to]) => ({ part, from, to })), cut: false });

for (const [name, matches, passages, characters] of [
  ['one document', [of([0, 10, 110], [0, 110, 150])], 2, 140],
  ['the same passage of two documents', [of([0, 10, 110]), of([0, 10, 110])], 1, 100],
  ['one that overlaps another', [of([0, 10, 110]), of([0, 60, 160])], 1, 150],
  ['one within another', [of([0, 10, 110]), of([0, 20, 40], [0, 200, 210])], 2, 110],
  ['the same place in two parts', [of([0, 10, 110]), of([1, 10, 110])], 2, 200],
  ['nothing', [], 0, 0],
] as const)
  test(`what matched counts once: ${name}`, () => assert.deepEqual(countOnce(matches), { passages, characters, isLeast: false }));

test('of a list that is cut the count is the least', () => {
  assert.equal(countOnce([of([0, 0, 9]), { ...of([0, 0, 9]), cut: true }]).isLeast, true);
});
