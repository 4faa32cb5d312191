import { createHash } from 'node:crypto';
import { emptyFold, foldInto } from '../src/fold.ts';
import { buildSegment, fingerprint, openSegment, scan, type Registration } from '../src/index.ts';
import { takePrints } from '../src/fingerprint.ts';
import { key } from '../test/aes.ts';
import { proseOfReadmes, readmes } from '../test/corpus.ts';

const pages = readmes(200);
const prose = pages.map((page) => page.text).join('\n');
const english = prose
  .repeat(Math.ceil(8e6 / prose.length))
  .slice(0, 8e6)
  .replace(/[^\0-\x7f]/g, '');
const mixed = prose.repeat(Math.ceil(8e6 / prose.length)).slice(0, 8e6);
const russian = english.replace(/[a-z]/g, (c) => String.fromCharCode(0x430 + c.charCodeAt(0) - 97));
const bytes = new TextEncoder().encode(english);

/** Best of five: the machine is shared. */
function rate(size: number, work: () => void): number {
  let best = 0;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    work();
    best = Math.max(best, size / 1e3 / (performance.now() - start));
  }
  return best;
}

function foldAll(text: string): void {
  const fold = emptyFold();
  while (fold.next < text.length) {
    fold.length = 0;
    foldInto(fold, text);
  }
}

const sha256 = rate(bytes.length, () => void createHash('sha256').update(bytes).digest());
const secrets = pages.filter((_, i) => i % 2 === 0);
const registered: Registration[] = secrets.flatMap(({ name, text }) => {
  const taken = fingerprint(text, key);
  return taken.ok ? [{ id: name, lineage: name, prints: taken.prints }] : [];
});
const segmentBytes = buildSegment(registered);
const segment = openSegment(segmentBytes);
const registeredBytes = secrets.reduce((sum, { text }) => sum + text.length, 0);
const elsewhere = pages
  .filter((_, i) => i % 2 === 1)
  .map((page) => page.text)
  .join('\n');
const others = proseOfReadmes()
  .filter(({ name }, i) => i % 2 === 1 && !registered.some((one) => one.id === name))
  .map(({ text }) => text)
  .join('\n');
const clean = others.repeat(Math.ceil(8e6 / others.length)).slice(0, 8e6);
const prompt = clean.slice(0, 4_096);
const leaky = elsewhere.slice(0, 250_000);
const cyrillicBytes = Buffer.byteLength(russian);

const rows: [string, number][] = [
  ['sha256 (node:crypto), the yardstick', sha256],
  ['fold, ASCII', rate(english.length, () => foldAll(english))],
  ['fold, mixed', rate(Buffer.byteLength(mixed), () => foldAll(mixed))],
  ['fold, Cyrillic', rate(cyrillicBytes, () => foldAll(russian))],
  ['fingerprint w=16, ASCII', rate(english.length, () => void takePrints(english, key, 16))],
  ['fingerprint w=32, ASCII', rate(english.length, () => void takePrints(english, key, 32))],
  ['fingerprint w=16, mixed', rate(Buffer.byteLength(mixed), () => void takePrints(mixed, key, 16))],
  ['fingerprint w=16, Cyrillic', rate(cyrillicBytes, () => void takePrints(russian, key, 16))],
  ['scan of clean text, 8 MB (w=32)', rate(clean.length, () => void scan(clean, { key, segments: [segment] }))],
  [
    'scan of clean text, 4 KB (w=16)',
    rate(4_096 * 500, () => {
      for (let i = 0; i < 500; i++) scan(prompt, { key, segments: [segment] });
    }),
  ],
  ['scan of text with many matches, 250 KB', rate(leaky.length, () => void scan(leaky, { key, segments: [segment] }))],
  ['build of a segment', rate(registeredBytes, () => void buildSegment(registered))],
  ['opening of a segment (segment bytes)', rate(segmentBytes.length, () => void openSegment(segmentBytes))],
];
for (const [what, speed] of rows) console.log(`${what.padEnd(40)} ${speed.toFixed(1).padStart(8)} MB/s ${(speed / sha256).toFixed(3).padStart(8)} of sha256`);
console.log(`${segment.prints} fingerprints of ${(registeredBytes / 1e6).toFixed(2)} MB: ${(segmentBytes.length / segment.prints).toFixed(1)} bytes each`);
