import { LIST_MAX, scan, type Match } from '@underseal/fingerprint';
import { failure } from '@underseal/contract';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { z } from 'zod';
import { guardFailures, LARGEST_CONTENT, TOLD, type Unread } from '../contract.ts';
import type { Index, Source } from './index-store.ts';
import { mergePassages } from './merging.ts';
import { readOrSayWhy, type Reading } from './reading.ts';

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

/** Reads and scans content. Its text is kept only for the answer. */
export async function inspectContent({ sandbox, index }: { sandbox: Sandbox; index: Index }, content: Content): Promise<Inspected> {
  const { bytes, reading } = await read(sandbox, content);
  if (!index.isLoaded()) return { bytes, reading: { parts: [], unread: [] }, found: [], more: false, unread: [{ path: [], reason: 'index_not_ready' }] };
  const best = new Map<string, Found>();
  const unread = [...reading.unread];
  let more = false;
  reading.parts.forEach((part, number) => {
    const result = scan(part.text, { key: index.key, segments: index.segments() });
    more ||= result.matches.length === LIST_MAX;
    if (result.incomplete) unread.push({ path: part.path, reason: 'too_large' });
    for (const match of result.matches) {
      const source = index.source(match.documentId);
      if (!source) continue;
      // Versions of one document match alike: the one most covered speaks for all.
      const key = source.elementNumber === null ? match.lineage : source.id;
      if ((best.get(key)?.match.coverage ?? 0) < match.coverage) best.set(key, { source, lineage: match.lineage, match, part: number });
    }
  });
  const found = [...best.values()].sort((a, b) => b.match.coverage - a.match.coverage);
  return { bytes, reading, found: found.map((one) => withMerged(one, reading.parts[one.part]!.text)), more, unread };
}

/** Of more passages than are told the longest are, in the order of the text. */
function withMerged(found: Found, text: string): Found {
  const merged = mergePassages(found.match.passages, text);
  const passages = merged
    .toSorted((a, b) => b.characters - a.characters || a.from - b.from)
    .slice(0, TOLD.passages)
    .sort((a, b) => a.from - b.from);
  return { ...found, match: { ...found.match, passages, truncated: found.match.truncated || merged.length > passages.length } };
}

async function read(sandbox: Sandbox, { text, base64, name }: Content): Promise<{ bytes: number; reading: Reading }> {
  if ((text === undefined) === (base64 === undefined)) throw guardFailures.contentMissing('Cannot inspect: give text or base64, one of the two');
  if (text !== undefined) return { bytes: Buffer.byteLength(text), reading: { parts: text === '' ? [] : [{ path: [], kind: 'text', text }], unread: [] } };
  const bytes = Buffer.from(base64!, 'base64');
  if (Math.ceil(bytes.length / 3) * 4 !== base64!.length) throw base64Wrong('Cannot inspect: base64 is not well formed');
  if (bytes.length > LARGEST_CONTENT) return { bytes: bytes.length, reading: { parts: [], unread: [{ path: [], reason: 'too_large' }] } };
  return { bytes: bytes.length, reading: await readOrSayWhy(sandbox, bytes, name) };
}
