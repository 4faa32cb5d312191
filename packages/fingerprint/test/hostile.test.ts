import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment, COPIES_MAX, fingerprint, openSegment, scan, type Segment } from '../src/index.ts';
import { key } from './aes.ts';
import { readmes } from './corpus.ts';

const SIZE = process.env.SLOW === '1' ? 10_000_000 : 2_000_000;
const pages = readmes(60);
const prose = pages.map(({ text }) => text).join('\n');
const filled = (piece: string) => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);

function segmentOf(text: string): Segment {
  const taken = fingerprint(text, key);
  assert.ok(taken.ok);
  return openSegment(buildSegment([{ id: 'doc_1', lineage: 'doc_1', prints: taken.prints }]));
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const register = segmentOf(prose);
const attacks: Readonly<Record<string, string>> = {
  'one letter': filled('a'),
  'four letters': filled('acgt'),
  noughts: filled('\0'),
  'marks on one letter': `e${filled('\u0301')}`,
  'bidi controls': filled('\u202e\u2066a'),
  'lone surrogates': filled('\udc00\ud800'),
  'the widest ligature': filled('\ufdfa'),
  'loose Hangul letters': filled('\u1112\u1161\u11ab'),
  'a phrase of the register': filled(`${prose.slice(5_000, 5_050)} `),
  'a page of the register': filled(pages[3]!.text),
};

for (const [name, text] of Object.entries(attacks)) {
  test(`${SIZE / 1e6} million times ${name} take no longer than their length asks for`, () => {
    // Against text of the same length, with room for wider characters and a busy machine: what is quadratic would be a thousand times slower.
    const honest = milliseconds(() => scan(filled(prose), { key, segments: [] }));
    const spent = milliseconds(() => scan(text, { key, segments: [register] }));
    assert.ok(spent < 60 * honest + 2_000, `${spent} against ${honest}`);
  });
}

test('a text that is one registered phrase over and over is registered and scanned in linear time', () => {
  const text = filled(`${prose.slice(5_000, 5_090)} `);
  const segment = segmentOf(text);
  const result = scan(text, { key, segments: [segment] });
  assert.equal(result.matches.length, 1);
  assert.equal(result.truncated, true);
  assert.equal(result.incomplete, false);
  assert.ok(result.matches[0]!.passages.length <= COPIES_MAX * 4);
});

test('a leak behind a million copies of a registered phrase is still found', () => {
  const secret = pages[8]!.text.slice(0, 600);
  const other = fingerprint(secret, key);
  assert.ok(other.ok);
  const segment = openSegment(buildSegment([{ id: 'doc_2', lineage: 'doc_2', prints: other.prints }]));
  const { matches } = scan(`${filled(`${prose.slice(90_000, 90_060)} `)}${secret}`, { key, segments: [register, segment] });
  assert.ok(matches.some(({ documentId, tier }) => documentId === 'doc_2' && tier !== 'trace'));
});

test('a text made to have millions of hits is given up on, and says so', () => {
  const text = prose.slice(20_000, 21_800);
  const taken = fingerprint(text, key);
  assert.ok(taken.ok);
  const versions = Array.from({ length: 256 }, (_, i) => ({ id: `doc_${i}`, lineage: 'doc', prints: taken.prints }));
  const { incomplete, truncated, matches } = scan(`${text}\n`.repeat(COPIES_MAX), { key, segments: [openSegment(buildSegment(versions))] });
  assert.deepEqual([incomplete, truncated, matches.length], [true, true, 100]);
});

test('broken text never throws', () => {
  for (let cp = 0xd7f0; cp < 0xe010; cp++) fingerprint(String.fromCharCode(cp, cp, 0xd800, cp).repeat(40), key);
});
