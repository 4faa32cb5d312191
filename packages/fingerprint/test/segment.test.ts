import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildAllowSegment, buildSegment, fingerprint, FingerprintError, fingerprintKey, openSegment, scan, type Prints } from '../src/index.ts';
import { checksum, FIELD, layoutOf } from '../src/format.ts';
import { aes, key } from './aes.ts';
import { readmes } from './corpus.ts';
import { runs } from './texts.ts';

const pages = readmes(6);
const message = pages.map(({ text }) => text.slice(0, 2_000)).join('\n');
const printsOf = (text: string, under = key): Prints => {
  const taken = fingerprint(text, under);
  assert.ok(taken.ok);
  return taken.prints;
};
const documents = pages.map(({ name, text }) => ({ id: name, lineage: `lineage of ${name}`, prints: printsOf(text) }));
const bytes = buildSegment(documents);
const ours = (error: unknown) => error instanceof FingerprintError && error.code.startsWith('segment_');

/** A segment changed at will, under a checksum that is right again. */
function forged(change: (copy: Uint8Array) => Uint8Array | void): Uint8Array {
  const changed = bytes.slice();
  const copy = change(changed) ?? changed;
  const words = new Int32Array(copy.buffer, 0, copy.length >> 2);
  words[FIELD.checksum] = checksum(words);
  return copy;
}

test('a segment gives back its documents, its key and its counts', () => {
  const segment = openSegment(bytes);
  assert.equal(segment.keyId, key.id);
  assert.deepEqual(
    segment.documents.map(({ id, lineage, characters, folded }) => ({ id, lineage, characters, folded })),
    documents.map(({ id, lineage, prints }) => ({ id, lineage, characters: prints.characters, folded: prints.folded })),
  );
  for (const [i, { prints }] of documents.entries()) {
    const different = new Set(Array.from(prints.high, (high, j) => `${high}:${prints.low[j]}`)).size;
    assert.equal(segment.documents[i]!.prints, different);
    assert.ok(segment.documents[i]!.reach <= prints.folded && segment.documents[i]!.reach > prints.folded * 0.8);
  }
  for (const { name, text } of pages) assert.equal(scan(text, { key, segments: [segment] }).matches.find((one) => one.documentId === name)?.ofDocument, 1);
});

test('the same documents give the same bytes, wherever they lie in memory', () => {
  assert.deepEqual(buildSegment(documents), bytes);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const odd = Buffer.concat([Buffer.from([0]), bytes]).subarray(1);
  for (const one of [shared, odd]) assert.equal(scan(message, { key, segments: [openSegment(one)] }).matches.length, 6);
});

test('the format of a segment is as recorded', () => {
  const text = 'Heat the catalyst to 350 °C, hold for twelve minutes, then cool slowly under argon until the slurry turns pale green; never exceed 2.5 bar.';
  const one = buildSegment([{ id: 'doc_1', lineage: 'sec_1', prints: printsOf(text) }]);
  const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
  assert.deepEqual(
    [digest(one), digest(buildAllowSegment([text], key))],
    ['18ded283120f646e1fb929336ad0682bfa7acfd11e77214751a375e21b3fc30c', '95f15fdae31e6602d32f222b464366cb31355c72cc4003ac6fbb2512ad00bb3a'],
  );
});

test('the checksum is XXH32', () => {
  // Published results of XXH32 with seed 0 are of shorter inputs or other lengths; this one is of 32 zero bytes, from the reference implementation's rules by hand.
  assert.equal(checksum(new Int32Array(32)) >>> 0, xxh32(Buffer.alloc(128)));
  assert.equal(
    checksum(Int32Array.from({ length: 16 }, (_, i) => (i === 3 ? 0 : i * 77_777_777))) >>> 0,
    xxh32(Buffer.from(Int32Array.from({ length: 16 }, (_, i) => (i === 3 ? 0 : i * 77_777_777)).buffer)),
  );
  assert.equal(xxh32(Buffer.from('')), 0x02cc5d05);
});

/** XXH32 of whole stripes, with big integers. */
function xxh32(data: Buffer): number {
  const [P1, P2, P3, P5] = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn, 0x165667b1n];
  const u32 = (n: bigint) => BigInt.asUintN(32, n);
  const rotl = (n: bigint, by: bigint) => u32((n << by) | (n >> (32n - by)));
  const lanes = [u32(P1 + P2), P2, 0n, u32(-P1)];
  for (let i = 0; i < data.length; i += 4) {
    const lane = (i / 4) % 4;
    lanes[lane] = u32(rotl(u32(lanes[lane]! + u32(BigInt(data.readUInt32LE(i)) * P2)), 13n) * P1);
  }
  let h = data.length === 0 ? P5 : u32(rotl(lanes[0]!, 1n) + rotl(lanes[1]!, 7n) + rotl(lanes[2]!, 12n) + rotl(lanes[3]!, 18n));
  h = u32(h + BigInt(data.length));
  h = u32((h ^ (h >> 15n)) * P2);
  h = u32((h ^ (h >> 13n)) * P3);
  return Number(h ^ (h >> 16n));
}

test('a truncated segment is refused at every length', () => {
  for (let length = 0; length < bytes.length; length += length < 4_096 ? 7 : 4_093) assert.throws(() => openSegment(bytes.subarray(0, length)), ours);
  assert.throws(() => openSegment(Buffer.concat([bytes, Buffer.alloc(64)])), ours);
  for (const cut of [64, 640]) assert.throws(() => openSegment(forged((copy) => copy.slice(0, copy.length - cut))), ours);
});

test('one changed byte is found', () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const damaged = bytes.slice();
      damaged[at]! ^= by;
      assert.throws(() => openSegment(damaged), ours);
    }),
    runs(200),
  );
});

test('a forged segment is refused or does no harm', () => {
  const heads = fc.record({ at: fc.integer({ min: 0, max: 127 }).map((at) => at & ~3), value: fc.oneof(fc.integer(), fc.integer({ min: 0, max: 64 })) });
  const anywhere = fc.record({ at: fc.nat(bytes.length / 4 - 1).map((word) => word * 4), value: fc.integer() });
  fc.assert(
    fc.property(fc.array(fc.oneof(heads, anywhere), { minLength: 1, maxLength: 4 }), (changes) => {
      const segment = forged((copy) => changes.forEach(({ at, value }) => new DataView(copy.buffer).setInt32(at, value, true)));
      try {
        scan(message, { key, segments: [openSegment(segment)] });
      } catch (error) {
        assert.ok(error instanceof FingerprintError, String(error));
      }
    }),
    runs(400),
  );
});

test('a segment with all fingerprints in one bucket is refused: look-ups would be slow', () => {
  const crowded = forged((copy) => {
    const words = new Int32Array(copy.buffer);
    const field = (name: keyof typeof FIELD) => words[FIELD[name]]!;
    const shape = {
      kind: 1,
      prints: field('prints'),
      documents: 6,
      directoryBits: field('directoryBits'),
      filterBits: field('filterBits'),
      textBytes: field('textBytes'),
    };
    const { directory, tags } = layoutOf(shape);
    words.fill(0, directory >> 2, (directory >> 2) + 2 ** shape.directoryBits);
    words.subarray(tags >> 2, (tags >> 2) + shape.prints).sort();
  });
  assert.throws(() => openSegment(crowded), { code: 'segment_malformed', message: /too full/ });
});

test('another version or other parameters are not guessed at', () => {
  for (const field of [FIELD.version, FIELD.channel, FIELD.gram, FIELD.window]) {
    assert.throws(() => openSegment(forged((copy) => void copy.fill(9, field * 4, field * 4 + 1))), { code: 'segment_unsupported' });
  }
});

test('what cannot stand in a segment is refused', () => {
  const prints = documents[0]!.prints;
  const other = printsOf(pages[1]!.text, fingerprintKey(aes('another key')));
  const refused: [Parameters<typeof buildSegment>[0], string][] = [
    [[], 'input_invalid'],
    [[{ id: '', lineage: 'a', prints }], 'input_invalid'],
    [[{ id: 'a\ud800', lineage: 'a', prints }], 'input_invalid'],
    [
      [
        { id: 'a', lineage: 'a', prints },
        { id: 'a', lineage: 'b', prints },
      ],
      'input_invalid',
    ],
    [
      [
        { id: 'a', lineage: 'a', prints },
        { id: 'b', lineage: 'b', prints: other },
      ],
      'key_differs',
    ],
    [[{ id: 'a', lineage: 'a', prints: { ...prints, window: 32 } }], 'input_invalid'],
  ];
  for (const [list, code] of refused) assert.throws(() => buildSegment(list), { code });
});
