import type { Passage } from '@underseal/fingerprint';
import { failure } from '@underseal/contract';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { z } from 'zod';
import { guardFailures, LARGEST_CONTENT, type Confidence, type Unread } from '../contract.ts';
import type { Index, Source } from './index-store.ts';
import { digestOf, readOrSayWhy, wholeParts, type Reading, type ReadPart } from './reading.ts';
import { confidenceOf } from './rules.ts';
import { longestOf, type PartMatch } from './scan-parts.ts';
import { ScanError, type Scanner } from './scanner.ts';

export interface Found {
  readonly source: Source;
  /** It is the registered file itself, byte for byte. */
  readonly whole: boolean;
  readonly part: number;
  readonly confidence: z.infer<typeof Confidence>;
  /** Of all its passages, as they stand in what was inspected. */
  readonly characters: number;
  /** Merged, and as far as they are told. */
  readonly passages: readonly (Passage & { readonly part: number })[];
  readonly cut: boolean;
}
export interface Inspected {
  readonly bytes: number;
  readonly reading: Reading;
  readonly found: readonly Found[];
  /** A part holds passages of more documents than a scan lists: which and of what tier is not known. */
  readonly more: boolean;
  readonly unread: readonly { path: readonly string[]; reason: z.infer<typeof Unread> }[];
}
interface Content {
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
  readonly name?: string | undefined;
}
const base64Wrong = failure('invalid', 'guard.base64_wrong');

interface Means {
  readonly sandbox: Sandbox;
  readonly index: Index;
  readonly scanner: Scanner;
}
/** Reads and scans content for somebody. Its text is kept only for the answer. */
export async function inspectContent({ sandbox, index, scanner }: Means, content: Content, who: string): Promise<Inspected> {
  const { bytes, digest, reading } = await read(sandbox, content);
  if (!index.isLoaded()) return { bytes, reading: { parts: [], unread: [] }, found: [], more: false, unread: [{ path: [], reason: 'index_not_ready' }] };
  const unread = [...reading.unread];
  // Something that was registered is not among what can be found: what is found counts, and nothing is clear.
  if (!index.isWhole()) unread.push({ path: [], reason: 'index_not_ready' });
  // Of a file that was stored twice in one document one version speaks for all.
  const same = [...new Map((bytes === 0 ? [] : index.same(digest)).map((source) => [source.lineage, source])).values()];
  const whole = same.map((source) => toWhole(source, reading.parts));
  const texts = reading.parts.map((part) => part.text);
  const scanned = await scanner.scan(texts, index.parts(), who).catch((error: unknown) => {
    if (error instanceof ScanError) return error;
    throw error;
  });
  if (scanned instanceof ScanError) {
    return { bytes, reading, found: whole, more: false, unread: [...unread, { path: [], reason: scanned.code === 'timeout' ? 'timeout' : 'busy' }] };
  }
  for (const part of scanned.incomplete) unread.push({ path: reading.parts[part]!.path, reason: 'too_large' });
  const found = scanned.found.flatMap((one) => toFound(index.source(one.match.documentId), one));
  return {
    bytes,
    reading,
    found: [...whole, ...found.filter(({ source }) => !whole.some((one) => one.source.lineage === source.lineage))],
    more: scanned.more,
    unread,
  };
}

function toFound(source: Source | undefined, { match, part, characters }: PartMatch): Found[] {
  if (!source) return [];
  const passages = match.passages.map((passage) => ({ ...passage, part }));
  return [{ source, whole: false, part, confidence: confidenceOf(match.tier), characters, passages, cut: match.truncated }];
}
/** The registered file itself, byte for byte: nothing in it is a passage among others. */
function toWhole(source: Source, parts: readonly ReadPart[]): Found {
  const all = wholeParts(parts)
    .filter(({ length }) => length > 0)
    .map(({ part, length, srcFrom }) => ({ part, from: 0, to: length, srcFrom, srcTo: srcFrom + length, characters: length }));
  const passages = longestOf(all);
  const characters = all.reduce((sum, one) => sum + one.characters, 0);
  return { source, whole: true, part: all[0]?.part ?? 0, confidence: 'certain', characters, passages, cut: passages.length < all.length };
}

async function read(sandbox: Sandbox, { text, base64, name }: Content): Promise<{ bytes: number; digest: string; reading: Reading }> {
  if ((text === undefined) === (base64 === undefined)) throw guardFailures.contentMissing('Cannot inspect: give text or base64, one of the two');
  if (text !== undefined)
    return { bytes: Buffer.byteLength(text), digest: digestOf(text), reading: { parts: text === '' ? [] : [{ path: [], kind: 'text', text }], unread: [] } };
  const bytes = Buffer.from(base64!, 'base64');
  if (Math.ceil(bytes.length / 3) * 4 !== base64!.length) throw base64Wrong('Cannot inspect: base64 is not well formed');
  const digest = digestOf(bytes);
  if (bytes.length > LARGEST_CONTENT) return { bytes: bytes.length, digest, reading: { parts: [], unread: [{ path: [], reason: 'too_large' }] } };
  return { bytes: bytes.length, digest, reading: await readOrSayWhy(sandbox, bytes, name) };
}
