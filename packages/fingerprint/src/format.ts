import { FingerprintError } from './errors.ts';

/** "USEALFPS" as two little-endian words. */
export const MAGIC = [0x41455355, 0x5350464c] as const;
export const VERSION = 1;
export const HEADER_BYTES = 128;
export const DOCUMENT_BYTES = 32;

export const KIND_DOCUMENTS = 1;
export const KIND_ALLOW = 2;

/** Header fields, in words of 4 bytes. */
export const FIELD = {
  magic: 0,
  version: 2,
  checksum: 3,
  keyId: 4,
  channel: 8,
  kind: 9,
  gram: 10,
  window: 11,
  prints: 12,
  documents: 13,
  directoryBits: 14,
  filterBits: 15,
  bytes: 16,
  textBytes: 17,
  reserved: 18,
} as const;

/** A place's `ref`: document in the low 23 bits, then 8 bits of length in the source, then one bit "common". */
export const DOCUMENT_BITS = 23;
export const DOCUMENTS_MAX = 2 ** DOCUMENT_BITS;
export const SPAN_MAX = 255;
export const PRINTS_MAX = 2 ** 27;

export type Shape = { kind: number; prints: number; documents: number; directoryBits: number; filterBits: number; textBytes: number };
export type Layout = { filter: number; directory: number; tags: number; refs: number; positions: number; table: number; texts: number; end: number };

/** Where each section begins: all follow from the header's counts, so there is no offset in a segment that could lie. */
export function layoutOf(shape: Shape): Layout {
  const places = shape.kind === KIND_DOCUMENTS ? shape.prints * 4 : 0;
  const filter = HEADER_BYTES;
  const directory = aligned(filter + 2 ** (shape.filterBits - 3));
  const tags = aligned(directory + (2 ** shape.directoryBits + 1) * 4);
  const refs = aligned(tags + shape.prints * 4);
  const positions = aligned(refs + places);
  const table = aligned(positions + places);
  const texts = aligned(table + shape.documents * DOCUMENT_BYTES);
  return { filter, directory, tags, refs, positions, table, texts, end: aligned(texts + shape.textBytes) };
}

function aligned(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}

/** Directory: four to eight fingerprints a bucket. Filter: 8 to 16 bits a fingerprint. */
export function bitsFor(prints: number): { directoryBits: number; filterBits: number } {
  const log = Math.log2(Math.max(prints, 1));
  return { directoryBits: Math.min(26, Math.max(4, Math.floor(log) - 2)), filterBits: Math.min(31, Math.max(9, Math.ceil(log) + 3)) };
}

/** XXH32 with seed 0 over the words of a segment, its checksum field read as nought. Finds damage; against forgery segments are sealed by whoever stores them. */
export function checksum(words: Int32Array): number {
  const P1 = 0x9e3779b1 | 0;
  const P2 = 0x85ebca77 | 0;
  const P3 = 0xc2b2ae3d | 0;
  let a = (P1 + P2) | 0;
  let b = P2;
  let c = 0;
  let d = -P1 | 0;
  for (let i = 0; i < words.length; i += 4) {
    a = round(a, words[i]!, P1, P2);
    b = round(b, words[i + 1]!, P1, P2);
    c = round(c, words[i + 2]!, P1, P2);
    d = round(d, i === 0 ? 0 : words[i + 3]!, P1, P2);
  }
  let h = (rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18) + words.length * 4) | 0;
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return h ^ (h >>> 16);
}

function round(lane: number, word: number, p1: number, p2: number): number {
  return Math.imul(rotated((lane + Math.imul(word, p2)) | 0, 13), p1);
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

export function malformed(what: string): FingerprintError {
  return new FingerprintError('segment_malformed', `Cannot open segment: ${what}`);
}
