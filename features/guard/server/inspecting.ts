import type { Match } from '@underseal/fingerprint';
import { failure } from '@underseal/contract';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { z } from 'zod';
import { guardFailures, LARGEST_CONTENT, type Unread } from '../contract.ts';
import type { Index, Source } from './index-store.ts';
import { readOrSayWhy, type Reading } from './reading.ts';
import { ScanError, type Scanner } from './scanner.ts';

export interface Found {
  readonly source: Source;
  readonly lineage: string;
  /** With its passages merged, as far as they are told. */
  readonly match: Match;
  readonly part: number;
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
  const { bytes, reading } = await read(sandbox, content);
  if (!index.isLoaded()) return { bytes, reading: { parts: [], unread: [] }, found: [], more: false, unread: [{ path: [], reason: 'index_not_ready' }] };
  const unread = [...reading.unread];
  // Something that was registered is not among what can be found: what is found counts, and nothing is clear.
  if (!index.isWhole()) unread.push({ path: [], reason: 'index_not_ready' });
  const texts = reading.parts.map((part) => part.text);
  const scanned = await scanner.scan(texts, index.parts(), who).catch((error: unknown) => {
    if (error instanceof ScanError) return error;
    throw error;
  });
  if (scanned instanceof ScanError) {
    return { bytes, reading, found: [], more: false, unread: [...unread, { path: [], reason: scanned.code === 'timeout' ? 'timeout' : 'busy' }] };
  }
  for (const part of scanned.incomplete) unread.push({ path: reading.parts[part]!.path, reason: 'too_large' });
  const found = scanned.found.flatMap(({ match, part }) => {
    const source = index.source(match.documentId);
    return source ? [{ source, lineage: match.lineage, match, part }] : [];
  });
  return { bytes, reading, found, more: scanned.more, unread };
}

async function read(sandbox: Sandbox, { text, base64, name }: Content): Promise<{ bytes: number; reading: Reading }> {
  if ((text === undefined) === (base64 === undefined)) throw guardFailures.contentMissing('Cannot inspect: give text or base64, one of the two');
  if (text !== undefined) return { bytes: Buffer.byteLength(text), reading: { parts: text === '' ? [] : [{ path: [], kind: 'text', text }], unread: [] } };
  const bytes = Buffer.from(base64!, 'base64');
  if (Math.ceil(bytes.length / 3) * 4 !== base64!.length) throw base64Wrong('Cannot inspect: base64 is not well formed');
  if (bytes.length > LARGEST_CONTENT) return { bytes: bytes.length, reading: { parts: [], unread: [{ path: [], reason: 'too_large' }] } };
  return { bytes: bytes.length, reading: await readOrSayWhy(sandbox, bytes, name) };
}
