import { GRAM, LINEAGES_MAX, PLACES_MAX, POSTINGS_MAX, TEXT_CHANNEL, WINDOW } from './constants.ts';
import { FingerprintError } from './errors.ts';
import { takePrints, type Prints } from './fingerprint.ts';
import * as format from './format.ts';
import { FIELD, KIND_ALLOW, KIND_DOCUMENTS } from './format.ts';
import type { FingerprintKey } from './key.ts';
import { ownOf } from './own.ts';
import { assertAlike, isAllowed, type Segment } from './segment.ts';

/** A window of one gram takes them all. */
const EVERY_GRAM = 1;

/** A document version to register: its id, the lineage it is a version of, and the fingerprints of its text. */
export type Registration = { readonly id: string; readonly lineage: string; readonly prints: Prints };
export type BuildOptions = { readonly allow?: readonly Segment[]; readonly lineagesMax?: number };

/** Fingerprints of all documents, sorted by bucket and tag and then in the order given. */
type Sorted = { order: Int32Array; tags: Int32Array; high: Int32Array; owner: Int32Array; local: Int32Array; directoryBits: number; filterBits: number };

/**
 * Bytes of a segment with these document versions, in the order in which they were registered. What `allow` holds is kept but marked common: it does not
 * count. What stands in more than `lineagesMax` lineages counts for the first of them alone: nobody who registers a text again takes it from who had it before. Throws `input_invalid` for no or equal ids or fingerprints not made for registration, `key_differs` for several keys.
 */
export function buildSegment(documents: readonly Registration[], options: BuildOptions = {}): Uint8Array {
  const keyId = assertRegistrations(documents);
  const allow = options.allow ?? [];
  assertAlike(keyId, [], allow);
  const sorted = sortPrints(documents.map((one) => one.prints));
  const places = choosePlaces(sorted, documents, allow, options.lineagesMax ?? LINEAGES_MAX);
  const texts = documents.flatMap(({ id, lineage }) => [utf8(id), utf8(lineage)]);
  const textBytes = texts.reduce((sum, text) => sum + text.length, 0);
  const shape: format.Shape = {
    kind: KIND_DOCUMENTS,
    prints: places.count,
    documents: documents.length,
    directoryBits: sorted.directoryBits,
    filterBits: sorted.filterBits,
    textBytes,
  };
  const { bytes, words, layout } = emptySegment(shape, keyId);

  const kept = (k: number) => sorted.order[places.kept[k]!]!;
  fillIndex(words, layout, shape, (k) => [sorted.high[kept(k)]!, sorted.tags[kept(k)]!]);
  for (let k = 0; k < places.count; k++) {
    const i = kept(k);
    const owner = sorted.owner[i]!;
    const { from, to } = documents[owner]!.prints;
    const start = from[sorted.local[i]!]!;
    const span = Math.min(format.SPAN_MAX, to[sorted.local[i]!]! - start);
    words[(layout.refs >> 2) + k] = owner | (span << format.DOCUMENT_BITS) | (places.common[k] === 1 ? 0x80000000 : 0);
    words[(layout.positions >> 2) + k] = start;
  }
  documents.forEach(({ prints }, i) => {
    const record = [prints.characters, prints.folded, places.reach[i]!, places.prints[i]!, texts[2 * i]!.length, texts[2 * i + 1]!.length];
    words.set(record, (layout.table + i * format.DOCUMENT_BYTES) >> 2);
  });
  let offset = layout.texts;
  for (const text of texts) {
    bytes.set(text, offset);
    offset += text.length;
  }
  return sealed(bytes, words);
}

/**
 * Bytes of an allow-segment: boilerplate (licences, disclaimers, standard clauses) that is nobody's secret. It holds every gram of `texts`, not only those
 * that winnowing takes: at the edges of boilerplate that depends on what stands around it. Throws `input_invalid` when there is no gram in them.
 */
export function buildAllowSegment(texts: readonly string[], key: FingerprintKey): Uint8Array {
  const all = texts.map((text) => takePrints(text, key, EVERY_GRAM));
  if (all.every((prints) => prints.count === 0)) throw new FingerprintError('input_invalid', 'Cannot build segment: there is nothing to put in');
  assertCount(all);
  const { order, tags, high, directoryBits, filterBits } = sortPrints(all);
  const shift = 32 - directoryBits;
  let count = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    const before = k === 0 ? -1 : order[count - 1]!;
    if (before < 0 || tags[before] !== tags[i] || high[before]! >>> shift !== high[i]! >>> shift) order[count++] = i;
  }
  const shape: format.Shape = { kind: KIND_ALLOW, prints: count, documents: 0, directoryBits, filterBits, textBytes: 0 };
  const { bytes, words, layout } = emptySegment(shape, key.id);
  fillIndex(words, layout, shape, (k) => [high[order[k]!]!, tags[order[k]!]!]);
  return sealed(bytes, words);
}

function assertRegistrations(documents: readonly Registration[]): string {
  const ids = new Set(documents.map((one) => one.id));
  const named = documents.every(({ id, lineage }) => id !== '' && lineage !== '' && id.isWellFormed() && lineage.isWellFormed());
  if (ids.size !== documents.length || !named) throw new FingerprintError('input_invalid', 'Cannot build segment: ids must be there, and differ');
  if (documents.length > format.DOCUMENTS_MAX) throw new FingerprintError('input_too_large', 'Cannot build segment: too many documents');
  return assertPrints(documents.map((one) => one.prints));
}

function assertPrints(texts: readonly Prints[]): string {
  const keyId = texts[0]?.keyId;
  if (keyId === undefined) throw new FingerprintError('input_invalid', 'Cannot build segment: there is nothing to put in');
  for (const prints of texts) {
    if (prints.keyId !== keyId) throw new FingerprintError('key_differs', 'Cannot build segment: fingerprints were made under several keys');
    if (prints.window !== WINDOW || prints.folded < GRAM)
      throw new FingerprintError('input_invalid', 'Cannot build segment: fingerprints were not made for registration');
  }
  assertCount(texts);
  return keyId;
}

function assertCount(texts: readonly Prints[]): void {
  const total = texts.reduce((sum, prints) => sum + prints.count, 0);
  if (total > format.PRINTS_MAX) throw new FingerprintError('input_too_large', 'Cannot build segment: too many fingerprints');
}

/** Counting sort into buckets, then each bucket by tag. Both are stable: places of one gram stay in the order of documents and positions. */
function sortPrints(texts: readonly Prints[]): Sorted {
  const total = texts.reduce((sum, prints) => sum + prints.count, 0);
  const { directoryBits, filterBits } = format.bitsFor(total);
  const shift = 32 - directoryBits;
  const [tags, high, owner, local] = [new Int32Array(total), new Int32Array(total), new Int32Array(total), new Int32Array(total)];
  const ends = new Int32Array(2 ** directoryBits + 1);
  let n = 0;
  texts.forEach((prints, document) => {
    for (let i = 0; i < prints.count; i++, n++) {
      tags[n] = prints.low[i]!;
      high[n] = prints.high[i]!;
      owner[n] = document;
      local[n] = i;
      ends[(high[n]! >>> shift) + 1]!++;
    }
  });
  for (let bucket = 1; bucket < ends.length; bucket++) ends[bucket]! += ends[bucket - 1]!;
  const starts = ends.slice();
  const order = new Int32Array(total);
  for (let i = 0; i < total; i++) order[starts[high[i]! >>> shift]!++] = i;
  for (let bucket = 0; bucket + 1 < ends.length; bucket++) {
    if (ends[bucket + 1]! - ends[bucket]! > 1) order.subarray(ends[bucket]!, ends[bucket + 1]!).sort((x, y) => tags[x]! - tags[y]! || x - y);
  }
  return { order, tags, high, owner, local, directoryBits, filterBits };
}

/** Which places are kept, which of them are common, and what then is left of each document. */
function choosePlaces(sorted: Sorted, documents: readonly Registration[], allow: readonly Segment[], lineagesMax: number) {
  const { order, tags, high, owner } = sorted;
  const shift = 32 - sorted.directoryBits;
  const lineages = lineageNumbers(documents);
  const kept = new Int32Array(order.length);
  const common = new Uint8Array(order.length);
  const counted = new Uint8Array(order.length);
  const prints = new Int32Array(documents.length);
  let count = 0;
  for (let start = 0; start < order.length;) {
    const first = order[start]!;
    const same = (i: number) => tags[i] === tags[first] && high[i]! >>> shift === high[first]! >>> shift;
    let end = start + 1;
    while (end < order.length && same(order[end]!)) end++;
    const allowed = isAllowed(allow, high[first]!, tags[first]!);
    // Versions of one document are one lineage: they must not crowd out others.
    const earliest = end - start > lineagesMax ? new Set<number>() : undefined;
    const runStart = count;
    let places = 0;
    for (let k = start; k < end && count - runStart < POSTINGS_MAX; k++) {
      const document = owner[order[k]!]!;
      places = k > start && owner[order[k - 1]!] === document ? places + 1 : 1;
      if (places > PLACES_MAX) continue;
      if (earliest && earliest.size < lineagesMax) earliest.add(lineages[document]!);
      const isCommon = allowed || (earliest !== undefined && !earliest.has(lineages[document]!));
      if (places === 1 && !isCommon) prints[document]!++;
      if (!isCommon) counted[order[k]!] = 1;
      common[count] = isCommon ? 1 : 0;
      kept[count++] = k;
    }
    start = end;
  }
  return { kept, common, count, prints, reach: reaches(sorted, documents, { counted, allow }) };
}

function lineageNumbers(documents: readonly Registration[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(documents, ({ lineage }) => {
    const number = numbers.get(lineage) ?? numbers.size;
    numbers.set(lineage, number);
    return number;
  });
}

function reaches({ local }: Sorted, documents: readonly Registration[], { counted, allow }: { counted: Uint8Array; allow: readonly Segment[] }): Int32Array {
  const reach = new Int32Array(documents.length);
  let i = 0;
  documents.forEach(({ prints }, document) => {
    const own = ownOf(prints, allow);
    let end = 0;
    for (const last = i + prints.count; i < last; i++) {
      if (counted[i] === 0) continue;
      const from = Math.max(own.from[local[i]!]!, end);
      const to = own.to[local[i]!]!;
      if (to <= from) continue;
      reach[document]! += to - from;
      end = to;
    }
  });
  return reach;
}

function emptySegment(shape: format.Shape, keyId: string) {
  const layout = format.layoutOf(shape);
  if (layout.end > 0xffffffff) throw new FingerprintError('input_too_large', 'Cannot build segment: it would be too large');
  const bytes = new Uint8Array(layout.end);
  const words = new Int32Array(bytes.buffer);
  words.set([format.MAGIC[0], format.MAGIC[1], format.VERSION, 0]);
  for (let i = 0; i < 16; i++) bytes[FIELD.keyId * 4 + i] = Number.parseInt(keyId.slice(2 * i, 2 * i + 2), 16);
  const counts = [shape.prints, shape.documents, shape.directoryBits, shape.filterBits, layout.end, shape.textBytes];
  words.set([TEXT_CHANNEL, shape.kind, GRAM, WINDOW, ...counts], FIELD.channel);
  return { bytes, words, layout };
}

/** Writes filter, directory and tags of fingerprints that come in their final order. */
function fillIndex(words: Int32Array, layout: format.Layout, shape: format.Shape, print: (k: number) => readonly [number, number]): void {
  const mask = 2 ** shape.filterBits - 1;
  const shift = 32 - shape.directoryBits;
  const filter = words.subarray(layout.filter >> 2);
  const directory = words.subarray(layout.directory >> 2, (layout.directory >> 2) + 2 ** shape.directoryBits + 1);
  const tags = words.subarray(layout.tags >> 2);
  for (let k = 0; k < shape.prints; k++) {
    const [high, tag] = print(k);
    tags[k] = tag;
    const bit = tag & mask;
    filter[bit >>> 5]! |= 1 << (bit & 31);
    directory[(high >>> shift) + 1]!++;
  }
  for (let bucket = 1; bucket < directory.length; bucket++) directory[bucket]! += directory[bucket - 1]!;
}

function sealed(bytes: Uint8Array, words: Int32Array): Uint8Array {
  words[FIELD.checksum] = format.checksum(words);
  return bytes;
}

const encoder = new TextEncoder();

function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}
