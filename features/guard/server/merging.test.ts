import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergePassages } from './merging.ts';

const at = (from: number, to: number, srcFrom: number, srcTo: number) => ({ from, to, srcFrom, srcTo, characters: to - from });

test('what overlaps, or all but touches, in both texts is one passage', () => {
  assert.deepEqual(mergePassages([at(12, 12_417, 0, 12_405), at(12_380, 12_553, 12_368, 12_541)]), [at(12, 12_553, 0, 12_541)]);
  assert.deepEqual(
    mergePassages([at(300, 400, 1300, 1400), at(100, 290, 1100, 1290)]).map(({ from, to, srcFrom, srcTo }) => [from, to, srcFrom, srcTo]),
    [[100, 400, 1100, 1400]],
  );
});

test('what comes from elsewhere in the registered text stays a passage of its own, and begins where the one before ends', () => {
  const [first, second] = mergePassages([at(12, 12_417, 0, 12_405), at(12_380, 12_553, 5000, 5173)]);
  assert.deepEqual(first, at(12, 12_417, 0, 12_405));
  assert.deepEqual(second, { from: 12_417, to: 12_553, srcFrom: 5037, srcTo: 5173, characters: 136 });
});

test('far from each other they stay apart, and what lies within another is not told again', () => {
  const two = [at(0, 100, 0, 100), at(500, 600, 500, 600)];
  assert.deepEqual(mergePassages(two), two);
  assert.deepEqual(mergePassages([at(0, 100, 0, 100), at(20, 80, 4000, 4060)]), [at(0, 100, 0, 100)]);
});

test('a phrase that was found elsewhere in the midst of a copied piece does not part it', () => {
  assert.deepEqual(mergePassages([at(7, 24_574, 0, 24_567), at(24_560, 24_596, 9000, 9036), at(24_590, 31_347, 24_583, 31_340)]), [at(7, 31_347, 0, 31_340)]);
  // What was moved, or stands apart, is told apart.
  const moved = [at(0, 200, 0, 200), at(200, 300, 5000, 5100), at(300, 500, 1300, 1500)];
  assert.deepEqual(mergePassages(moved), moved);
  const apart = [at(0, 200, 0, 200), at(260, 300, 5000, 5040), at(320, 500, 320, 500)];
  assert.deepEqual(mergePassages(apart), apart);
});

test('whatever was found: in order, never overlapping, and nothing that was covered is lost', () => {
  const passage = fc
    .record({ from: fc.nat(5000), long: fc.integer({ min: 32, max: 900 }), srcFrom: fc.nat(5000), srcLong: fc.integer({ min: 32, max: 900 }) })
    .map(({ from, long, srcFrom, srcLong }) => ({ from, to: from + long, srcFrom, srcTo: srcFrom + srcLong, characters: long }));
  fc.assert(
    fc.property(fc.array(passage, { maxLength: 12 }), (found) => {
      const merged = mergePassages(found);
      merged.forEach((one, i) => {
        assert.ok(one.from < one.to && one.srcFrom < one.srcTo && one.characters > 0 && one.characters <= one.to - one.from);
        if (i > 0) assert.ok(one.from >= merged[i - 1]!.to);
      });
      for (const { from, to } of found)
        for (const place of [from, (from + to) >> 1, to - 1]) assert.ok(merged.some((one) => one.from <= place && place < one.to));
    }),
  );
});
