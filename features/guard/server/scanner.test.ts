import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { buildSegment, fingerprint, openSegment } from '@underseal/fingerprint';
import { createLog } from '#platform/server/log.ts';
import { buildAllowed } from './allowing.ts';
import { engineKey } from './fingerprint-key.ts';
import type { Part } from './index-store.ts';
import { scanParts } from './scan-parts.ts';
import { startScanner, type ScanError } from './scanner.ts';

const keyBytes = randomBytes(16);
const key = engineKey(keyBytes);
const allowed = await buildAllowed(key);
const allow = [allowed.segment];
const licence = await readFile(new URL('./allow/mit.txt', import.meta.url), 'utf8');
const log = createLog('silent');
const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${((from + i) * 104_729) % 1_000_003}`).join(' ');
function partOf(number: number, texts: readonly string[]): Part {
  const registrations = texts.map((text, i) => {
    const made = fingerprint(text, key);
    assert.ok(made.ok);
    return { id: `doc_${number}_${i}`, lineage: `doc_${number}_${i}`, prints: made.prints };
  });
  const made = buildSegment(registrations);
  const bytes = new Uint8Array(new SharedArrayBuffer(made.length));
  bytes.set(made);
  return { number, bytes, segment: openSegment(bytes), ids: registrations.map(({ id }) => id) };
}
const parts = [partOf(1, [words(0, 200), words(1000, 200)]), partOf(2, [`${words(2000, 200)} ${licence}`])];
const scanner = startScanner({ key, keyBytes, allowed, log });
after(() => scanner.close());

test('a segment of much is built beside the server, and is the very one', async () => {
  for (const count of [200, 60_000]) {
    const made = fingerprint(`${licence} ${words(0, count)}`, key);
    assert.ok(made.ok);
    const registrations = [1, 2].map((i) => ({ id: `doc_${i}`, lineage: `doc_${i}`, prints: made.prints }));
    const bytes = await scanner.build(registrations);
    assert.ok(bytes.buffer instanceof SharedArrayBuffer);
    assert.ok(Buffer.from(buildSegment(registrations, { allow })).equals(bytes), String(count));
  }
});

test('a long text is scanned beside the server, with the very result, also when segments come and go', async () => {
  const long = [words(50_000, 6000), `${words(60_000, 3000)} ${words(1000, 150)} ${words(70_000, 3000)} ${words(2000, 60)} ${licence}`];
  assert.ok(long.join('').length > 50_000);
  for (const some of [parts, [parts[0]!], [parts[1]!], parts]) {
    const result = await scanner.scan(long, some, 'per_a');
    assert.deepEqual(result, scanParts(long, { key, segments: some.map(({ segment }) => segment), allow }));
    assert.equal(result.found.length, some.length);
  }
  const made = await scanner.fingerprint(long[0]!);
  assert.deepEqual(made, fingerprint(long[0]!, key));
  for (const times of [1, 40]) assert.deepEqual(await scanner.fingerprint(licence.repeat(times)), { ok: false, why: 'allowed' });
});

test('others are served while one waits for a long text', async () => {
  let turns = 0;
  let scanning = true;
  const turn = () => {
    turns++;
    if (scanning) setImmediate(turn);
  };
  setImmediate(turn);
  await scanner.scan([words(0, 400_000)], parts, 'per_a');
  scanning = false;
  assert.ok(turns > 10, `${turns} turns`);
});

test('of one person few wait, and another still comes to it; what waits at the end is told', async (t) => {
  const own = startScanner({ key, keyBytes, allowed, log });
  t.after(() => own.close());
  const long = words(0, 20_000);
  const asked = Array.from({ length: 6 }, () =>
    own.scan([long], parts, 'per_a').then(
      () => 'done',
      (error: ScanError) => error.code,
    ),
  );
  const other = own.scan([long], parts, 'per_b').then(() => 'done');
  assert.deepEqual((await Promise.all(asked)).toSorted(), ['busy', 'busy', 'done', 'done', 'done', 'done']);
  assert.equal(await other, 'done');
  const left = own.scan([long], parts, 'per_a');
  const ended = assert.rejects(left, { code: 'busy' });
  await own.close();
  await ended;
});

test('what takes too long is given up, and the next is served by a new thread', async (t) => {
  const own = startScanner({ key, keyBytes, allowed, log, limitMilliseconds: 300 });
  t.after(() => own.close());
  // One of these folds to eighteen letters.
  await assert.rejects(own.scan(['\ufdfa'.repeat(20_000_000)], parts, 'per_a'), { code: 'timeout' });
  await assert.rejects(own.scan(['\ufdfa'.repeat(20_000_000)], parts, 'per_a'), { code: 'timeout' });
  const next = startScanner({ key, keyBytes, allowed, log });
  t.after(() => next.close());
  assert.equal((await next.scan([words(0, 10_000)], parts, 'per_a')).found.length, 3);
});
