import { GRAM, POSTINGS_MAX, TEXT_CHANNEL, WINDOW } from './constants.ts';
import { FingerprintError } from './errors.ts';
import * as format from './format.ts';
import { FIELD, KIND_ALLOW, KIND_DOCUMENTS, malformed } from './format.ts';

/** Identities are pseudo-random and buckets made for eight: so many in one are no accident, and would make look-ups slow. */
const BUCKET_RUNS_MAX = 64;

/** One registered version of a document, as a segment knows it. */
export type SegmentDocument = {
  readonly id: string;
  readonly lineage: string;
  /** UTF-16 units of the registered text, and bytes of its folded form. */
  readonly characters: number;
  readonly folded: number;
  /** Folded bytes that its fingerprints cover together, without the common ones and without allowed text. */
  readonly reach: number;
  /** Different fingerprints kept, without the common ones: what containment is a share of. */
  readonly prints: number;
};

/** A segment opened for scanning: views into its bytes, nothing copied but the table of documents. */
export type Segment = {
  readonly keyId: string;
  readonly allow: boolean;
  readonly prints: number;
  readonly documents: readonly SegmentDocument[];
  readonly filter: Int32Array;
  readonly filterMask: number;
  readonly directory: Int32Array;
  readonly directoryShift: number;
  readonly tags: Int32Array;
  readonly refs: Int32Array;
  readonly positions: Int32Array;
};

/**
 * Opens a segment after looking at every part of it, so that scanning need trust nothing but these views. `bytes` must not change afterwards; they
 * may lie in shared memory. Throws `segment_malformed`, `segment_damaged` (checksum) or `segment_unsupported` (version, channel, parameters).
 */
export function openSegment(bytes: Uint8Array): Segment {
  if (!(bytes instanceof Uint8Array) || bytes.length < format.HEADER_BYTES || bytes.length % 64 !== 0) throw malformed('it is truncated');
  const held = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const words = new Int32Array(held.buffer, held.byteOffset, held.length >> 2);
  const shape = readHeader(words);
  const layout = format.layoutOf(shape);
  if (layout.end !== bytes.length || words[FIELD.bytes]! >>> 0 !== bytes.length) throw malformed('its size is not what its header says');
  if (format.checksum(words) !== words[FIELD.checksum]) throw new FingerprintError('segment_damaged', 'Cannot open segment: its checksum differs');

  const view = (offset: number, count: number) => new Int32Array(held.buffer, held.byteOffset + offset, count);
  const places = shape.kind === KIND_DOCUMENTS ? shape.prints : 0;
  const segment: Segment = {
    keyId: hex(held.subarray(FIELD.keyId * 4, FIELD.keyId * 4 + 16)),
    allow: shape.kind === KIND_ALLOW,
    prints: shape.prints,
    documents: readDocuments(held, words, shape, layout),
    filter: view(layout.filter, 2 ** (shape.filterBits - 5)),
    filterMask: 2 ** shape.filterBits - 1,
    directory: view(layout.directory, 2 ** shape.directoryBits + 1),
    directoryShift: 32 - shape.directoryBits,
    tags: view(layout.tags, shape.prints),
    refs: view(layout.refs, places),
    positions: view(layout.positions, places),
  };
  assertIndex(segment);
  assertPlaces(segment);
  return segment;
}

function readHeader(words: Int32Array): format.Shape {
  if (words[FIELD.magic] !== format.MAGIC[0] || words[FIELD.magic + 1] !== format.MAGIC[1]) throw malformed('it does not begin like one');
  const expected = [
    [FIELD.version, format.VERSION],
    [FIELD.channel, TEXT_CHANNEL],
    [FIELD.gram, GRAM],
    [FIELD.window, WINDOW],
  ] as const;
  for (const [field, value] of expected) {
    if (words[field] !== value) throw new FingerprintError('segment_unsupported', 'Cannot open segment: its version or parameters are not known');
  }
  for (let i: number = FIELD.reserved; i < format.HEADER_BYTES / 4; i++) if (words[i] !== 0) throw malformed('a reserved field is not nought');
  const field = (name: keyof typeof FIELD, low: number, high: number) => {
    const value = words[FIELD[name]]!;
    if (value < low || value > high) throw malformed('a count is out of bounds');
    return value;
  };
  const kind = field('kind', KIND_DOCUMENTS, KIND_ALLOW);
  return {
    kind,
    prints: field('prints', 0, format.PRINTS_MAX),
    documents: field('documents', 0, kind === KIND_ALLOW ? 0 : format.DOCUMENTS_MAX),
    directoryBits: field('directoryBits', 4, 26),
    filterBits: field('filterBits', 9, 31),
    textBytes: field('textBytes', 0, 0x7fffffff),
  };
}

function readDocuments(bytes: Uint8Array, words: Int32Array, shape: format.Shape, layout: format.Layout): SegmentDocument[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const documents: SegmentDocument[] = [];
  const ids = new Set<string>();
  let offset = layout.texts;
  const end = layout.texts + shape.textBytes;
  const text = (length: number) => {
    if (length < 1 || length > end - offset) throw malformed('a name is out of bounds');
    // Copied, because a decoder refuses shared memory.
    const piece = new Uint8Array(bytes.subarray(offset, offset + length));
    offset += length;
    try {
      return decoder.decode(piece);
    } catch {
      throw malformed('a name is not UTF-8');
    }
  };
  for (let i = 0; i < shape.documents; i++) {
    const at = (layout.table + i * format.DOCUMENT_BYTES) >> 2;
    const [characters, folded, reach, prints] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    if (characters < 1 || folded < GRAM || reach < 0 || reach > folded || prints < 0 || prints > shape.prints) throw malformed('a document is out of bounds');
    if (words[at + 6] !== 0 || words[at + 7] !== 0) throw malformed('a reserved field is not nought');
    const id = text(words[at + 4]!);
    if (ids.has(id)) throw malformed('a document stands in it twice');
    ids.add(id);
    documents.push({ id, lineage: text(words[at + 5]!), characters, folded, reach, prints });
  }
  if (offset !== end) throw malformed('its names do not end where they should');
  return documents;
}

/** The directory rises from 0 to the number of prints; in a bucket tags rise, none too often, and each is in the filter. */
function assertIndex({ directory, tags, filter, filterMask, prints }: Segment): void {
  if (directory[0] !== 0 || directory[directory.length - 1] !== prints) throw malformed('its directory is out of bounds');
  for (let bucket = 0; bucket + 1 < directory.length; bucket++) {
    const start = directory[bucket]!;
    const end = directory[bucket + 1]!;
    if (end < start || end > prints) throw malformed('its directory is out of order');
    let run = 0;
    let runs = 0;
    for (let i = start; i < end; i++) {
      const tag = tags[i]!;
      if (i > start && tags[i - 1]! > tag) throw malformed('its fingerprints are out of order');
      run = i > start && tags[i - 1] === tag ? run + 1 : 1;
      if (run === 1) runs++;
      if (run > POSTINGS_MAX || runs > BUCKET_RUNS_MAX) throw malformed('a bucket of it is too full');
      const bit = tag & filterMask;
      if (((filter[bit >>> 5]! >>> (bit & 31)) & 1) === 0) throw malformed('its filter lacks a fingerprint');
    }
  }
}

function assertPlaces({ refs, positions, documents }: Segment): void {
  for (let i = 0; i < refs.length; i++) {
    const document = documents[documentOf(refs[i]!)];
    if (document === undefined) throw malformed('a fingerprint is of no document');
    if (positions[i]! < 0 || positions[i]! + spanOf(refs[i]!) > document.characters) throw malformed('a fingerprint lies outside its document');
  }
}

export function documentOf(ref: number): number {
  return ref & (format.DOCUMENTS_MAX - 1);
}

export function spanOf(ref: number): number {
  return (ref >>> format.DOCUMENT_BITS) & format.SPAN_MAX;
}

export function isCommon(ref: number): boolean {
  return ref < 0;
}

/** First place of a fingerprint in `segment`, or -1. All its places follow one another. */
export function findRun(segment: Segment, high: number, low: number): number {
  const { directory, tags } = segment;
  const bucket = high >>> segment.directoryShift;
  const end = directory[bucket + 1]!;
  for (let i = directory[bucket]!; i < end; i++) if (tags[i] === low) return i;
  return -1;
}

/** Where the places of a fingerprint end that begin at `run`: at another tag, or with the bucket. */
export function runEnd(segment: Segment, run: number, high: number): number {
  const { directory, tags } = segment;
  const last = directory[(high >>> segment.directoryShift) + 1]!;
  let end = run + 1;
  while (end < last && tags[end] === tags[run]) end++;
  return end;
}

/** Whether `segment` may hold a fingerprint: one bit, and no for nine in ten that it does not hold. */
export function mayHold(segment: Segment, low: number): boolean {
  const bit = low & segment.filterMask;
  return ((segment.filter[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
}

/** Whether one of the allow-segments holds a fingerprint. */
export function isAllowed(allow: readonly Segment[], high: number, low: number): boolean {
  for (const segment of allow) if (mayHold(segment, low) && findRun(segment, high, low) >= 0) return true;
  return false;
}

/** Throws `key_differs` unless all segments were made under one key, and `input_invalid` if a segment of documents stands for one of allowances. */
export function assertAlike(keyId: string, segments: readonly Segment[], allow: readonly Segment[]): void {
  for (const segment of [...segments, ...allow]) {
    if (segment.keyId !== keyId) throw new FingerprintError('key_differs', 'Cannot scan: a segment was made under another key');
  }
  if (segments.some((one) => one.allow) || allow.some((one) => !one.allow)) {
    throw new FingerprintError('input_invalid', 'Cannot scan: a segment is not of the kind it is given for');
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
