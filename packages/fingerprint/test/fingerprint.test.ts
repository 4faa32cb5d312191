import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint, fingerprintKey, FingerprintError, foldText, type Prints } from '../src/index.ts';
import { takePrints } from '../src/fingerprint.ts';
import { isUniform } from '../src/winnow.ts';
import { aes, key } from './aes.ts';
import { readmes } from './corpus.ts';
import { Naive } from './naive.ts';
import { anything, poor, prose, runs } from './texts.ts';
import vectors from './vectors/prints.json' with { type: 'json' };

const naive = new Naive(createHash('sha256').update('a key for tests').digest().subarray(0, 16));
const rows = ({ count, at, from, to, high, low }: Prints) =>
  Array.from({ length: count }, (_, i) => ({ at: at[i]!, from: from[i]!, to: to[i]!, high: high[i]!, low: low[i]! }));

for (const { name, text, window, prints } of vectors) {
  test(`fingerprints as recorded: ${name}`, () => {
    assert.deepEqual(rows(takePrints(text, key, window)).map(Object.values), prints);
  });
}

test('fingerprints agree with the naive ones on any text, with either window', () => {
  fc.assert(
    fc.property(fc.oneof(anything, poor, prose(0, 120)), fc.constantFrom(16, 32), (text, window) => {
      assert.deepEqual(rows(takePrints(text, key, window)), naive.prints(text, window));
    }),
    runs(200),
  );
});

test('fingerprints agree with the naive ones over several stretches of a long text', () => {
  const text = `${readmes(40)
    .map((page) => page.text)
    .join('\n')
    .slice(0, 70_000)}${'0'.repeat(34_000)}${'ﷺ한글 '.repeat(900)}`;
  for (const window of [16, 32]) assert.deepEqual(rows(takePrints(text, key, window)), naive.prints(text, window));
});

test('where a stretch of a long text ends makes no difference', () => {
  const text = readmes(60)
    .map((page) => page.text)
    .join('\n')
    .slice(0, 330_000);
  const whole = rows(takePrints(text, key, 16));
  for (let cut = 1_000; cut < 21_000; cut += 1_000) {
    const rest = takePrints(text.slice(cut), key, 16);
    const start = rest.from[40]! + cut;
    const mine = rows(rest)
      .slice(40)
      .map(({ from, low }) => [from + cut, low]);
    assert.deepEqual(
      mine,
      whole.filter(({ from }) => from >= start).map(({ from, low }) => [from, low]),
    );
  }
});

test('the wide window selects a subset of what the narrow one selects', () => {
  fc.assert(
    fc.property(fc.oneof(poor, prose(0, 300)), (text) => {
      const narrow = new Set(takePrints(text, key, 16).at);
      assert.ok(takePrints(text, key, 32).at.every((at) => narrow.has(at)));
    }),
    runs(200),
  );
});

test('any common run of w + k - 1 folded bytes that is not uniform has a common fingerprint', () => {
  fc.assert(
    fc.property(
      prose(0, 40),
      prose(0, 40),
      fc.oneof(poor, prose(8, 20)),
      prose(0, 40),
      prose(0, 40),
      fc.constantFrom(16, 32),
      (before, after, run, left, right, window) => {
        const { bytes } = foldText(run);
        const grams = bytes.length - 31;
        fc.pre(grams >= window);
        // Stated of windows: if every window of the run holds a gram that is not uniform, each gives a common print; one such window is enough for one.
        const rich = Array.from({ length: grams }, (_, i) => !isUniform(bytes, i));
        const usable = rich.some((_, start) => start + window <= grams && rich.slice(start, start + window).includes(true));
        const registered = takePrints(`${before} ${run} ${after}`, key, 16);
        const scanned = takePrints(`${left} ${run} ${right}`, key, window);
        const known = new Set(rows(registered).map(({ high, low }) => `${high}:${low}`));
        const shared = rows(scanned).some(({ high, low }) => known.has(`${high}:${low}`));
        assert.ok(shared || !usable);
      },
    ),
    runs(300),
  );
});

test('what is too short or too uniform is said, not guessed', () => {
  assert.deepEqual(fingerprint('a'.repeat(31), key), { ok: false, why: 'too_short', folded: 31 });
  assert.deepEqual(fingerprint('', key), { ok: false, why: 'too_short', folded: 0 });
  assert.deepEqual(fingerprint('-= 0.00 '.repeat(100), key), { ok: false, why: 'too_uniform', folded: 300 });
  const least = fingerprint('the quick brown fox jumps over the lazy', key);
  assert.ok(least.ok && least.prints.count === 1 && least.prints.folded === 32);
});

test('another key gives other fingerprints and another key id', () => {
  const other = fingerprintKey(aes('another key'));
  const text = 'Heat the catalyst to 350 degrees and hold it there for twelve minutes.';
  assert.notEqual(other.id, key.id);
  const mine = new Set(rows(takePrints(text, key, 16)).map(({ high }) => high));
  assert.ok(rows(takePrints(text, other, 16)).every(({ high }) => !mine.has(high)));
});

test('a cipher that does not answer block for block is refused', () => {
  for (const cipher of [() => new Uint8Array(3), () => undefined as unknown as Uint8Array]) {
    assert.throws(
      () => fingerprintKey(cipher),
      (error) => error instanceof FingerprintError && error.code === 'cipher_invalid',
    );
  }
});

test('a cipher may answer from the middle of a buffer', () => {
  const plain = aes('a key for tests');
  const shifted = fingerprintKey((blocks) => Buffer.concat([Buffer.from([1]), plain(blocks)]).subarray(1));
  assert.deepEqual(shifted.selection, key.selection);
});
