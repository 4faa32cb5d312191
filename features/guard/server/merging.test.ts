import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergePassages } from './merging.ts';

const text = 'a'.repeat(20_000);
const at = (from: number, to: number, srcFrom: number, srcTo: number) => ({ from, to, srcFrom, srcTo, characters: to - from });

test('what overlaps, or all but touches, in both texts is one passage', () => {
  assert.deepEqual(mergePassages([at(12, 12_417, 0, 12_405), at(12_380, 12_553, 12_368, 12_541)], text), [at(12, 12_553, 0, 12_541)]);
  assert.deepEqual(
    mergePassages([at(300, 400, 1300, 1400), at(100, 290, 1100, 1290)], text).map(({ from, to, srcFrom, srcTo }) => [from, to, srcFrom, srcTo]),
    [[100, 400, 1100, 1400]],
  );
});

test('what comes from elsewhere in the registered text stays a passage of its own, and begins where the one before ends', () => {
  const [first, second] = mergePassages([at(12, 12_417, 0, 12_405), at(12_380, 12_553, 5000, 5173)], text);
  assert.deepEqual(first, at(12, 12_417, 0, 12_405));
  assert.deepEqual(second, { from: 12_417, to: 12_553, srcFrom: 5037, srcTo: 5173, characters: 136 });
});

test('far from each other they stay apart, and what lies within another is not told again', () => {
  const two = [at(0, 100, 0, 100), at(500, 600, 500, 600)];
  assert.deepEqual(mergePassages(two, text), two);
  assert.deepEqual(mergePassages([at(0, 100, 0, 100), at(20, 80, 4000, 4060)], text), [at(0, 100, 0, 100)]);
});

test('whatever was found: in order, never overlapping, and nothing that was covered is lost', () => {
  const passage = fc
    .record({ from: fc.nat(5000), long: fc.integer({ min: 32, max: 900 }), srcFrom: fc.nat(5000), srcLong: fc.integer({ min: 32, max: 900 }) })
    .map(({ from, long, srcFrom, srcLong }) => ({ from, to: from + long, srcFrom, srcTo: srcFrom + srcLong, characters: long }));
  fc.assert(
    fc.property(fc.array(passage, { maxLength: 12 }), (found) => {
      const merged = mergePassages(found, text);
      merged.forEach((one, i) => {
        assert.ok(one.from < one.to && one.srcFrom < one.srcTo && one.characters > 0 && one.characters <= one.to - one.from);
        if (i > 0) assert.ok(one.from >= merged[i - 1]!.to);
      });
      for (const { from, to } of found)
        for (const place of [from, (from + to) >> 1, to - 1]) assert.ok(merged.some((one) => one.from <= place && place < one.to));
    }),
  );
});
