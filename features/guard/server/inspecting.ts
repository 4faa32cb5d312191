import type { Passage } from '@underseal/fingerprint';
import { failure } from '@underseal/contract';
import { isPlainText, type InnerFile } from '@underseal/extract';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { z } from 'zod';
import { guardFailures, LARGEST_CONTENT, type Confidence, type Unread } from '../contract.ts';
import type { Index, Source } from './index-store.ts';
import { countCharacters, digestOf, readOrSayWhy, wholeParts, type Reading, type ReadPart } from './reading.ts';
import { confidenceOf } from './rules.ts';
import { longestOf, type PartMatch } from './scan-parts.ts';
import { ScanError, type Scanner } from './scanner.ts';

export interface Found {
  readonly source: Source;
  /** It is the registered file itself, byte for byte, and where in what was inspected that is packed: nowhere where it is all of it. Null for passages. */
  readonly wholeAt: readonly string[] | null;
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
  /** Of what was given and could be read. */
  readonly characters: number;
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
  const { bytes, digest, characters, reading } = await read(sandbox, content);
  if (!index.isLoaded())
    return { bytes, characters, reading: { parts: [], files: [], unread: [] }, found: [], more: false, unread: [{ path: [], reason: 'index_not_ready' }] };
  const unread = [...reading.unread];
  // Something that was registered is not among what can be found: what is found counts, and nothing is clear.
  if (!index.isWhole()) unread.push({ path: [], reason: 'index_not_ready' });
  const same = findSame(index, [{ path: [], bytes, sha256: digest }, ...reading.files]);
  const texts = reading.parts.map((part) => part.text);
  const scanned = await scanner.scan(texts, index.parts(), who).catch((error: unknown) => {
    if (error instanceof ScanError) return error;
    throw error;
  });
  if (scanned instanceof ScanError) {
    return {
      bytes,
      characters,
      reading,
      found: same.map((one) => toWhole(one, reading.parts, [])),
      more: false,
      unread: [...unread, { path: [], reason: scanned.code === 'timeout' ? 'timeout' : 'busy' }],
    };
  }
  for (const part of scanned.incomplete) unread.push({ path: reading.parts[part]!.path, reason: 'too_large' });
  const passages = scanned.found.flatMap((one) => toFound(index.source(one.match.documentId), one));
  const whole = same.map((one) => toWhole(one, reading.parts, passages));
  return {
    bytes,
    characters,
    reading,
    found: [...whole, ...passages.filter(({ source }) => !whole.some((one) => one.source.lineage === source.lineage))],
    more: scanned.more,
    unread,
  };
}

function toFound(source: Source | undefined, { match, part, characters }: PartMatch): Found[] {
  if (!source) return [];
  const passages = match.passages.map((passage) => ({ ...passage, part }));
  return [{ source, wholeAt: null, part, confidence: confidenceOf(match.tier), characters, passages, cut: match.truncated }];
}

interface Same {
  readonly source: Source;
  readonly path: readonly string[];
}
/** The registered files themselves among these, the outermost of each document: of several of its versions one speaks for all. */
function findSame(index: Index, files: readonly InnerFile[]): Same[] {
  const same = new Map<string, Same>();
  for (const file of files) for (const source of index.same(file)) if (!same.has(source.lineage)) same.set(source.lineage, { source, path: file.path });
  return [...same.values()];
}

/**
 * The registered file itself, byte for byte: nothing in it is a passage among others. Where its text was not read as it was when it was registered, since it is
 * named otherwise here or something of that name lies beside it, what was found of it by passages says where it stands.
 */
function toWhole({ source, path }: Same, parts: readonly ReadPart[], passages: readonly Found[]): Found {
  const texts = wholeParts(parts, path);
  const last = texts.at(-1);
  const isAsRegistered = last && last.srcFrom + last.length === source.characters;
  const all = isAsRegistered
    ? texts
        .filter(({ length }) => length > 0)
        .map(({ part, length, srcFrom }) => ({ part, from: 0, to: length, srcFrom, srcTo: srcFrom + length, characters: length }))
    : [];
  const found = all.length === 0 ? passages.find((one) => one.source.lineage === source.lineage) : undefined;
  if (found) return { ...found, wholeAt: path, confidence: 'certain' };
  const told = longestOf(all);
  const characters = all.reduce((sum, one) => sum + one.characters, 0);
  return { source, wholeAt: path, part: all[0]?.part ?? 0, confidence: 'certain', characters, passages: told, cut: told.length < all.length };
}

interface Given {
  readonly bytes: number;
  readonly digest: string;
  /** Of what was given and could be read. */
  readonly characters: number;
  readonly reading: Reading;
}
async function read(sandbox: Sandbox, { text, base64, name }: Content): Promise<Given> {
  if ((text === undefined) === (base64 === undefined)) throw guardFailures.contentMissing('Cannot inspect: give text or base64, one of the two');
  if (text !== undefined)
    return { bytes: Buffer.byteLength(text), digest: digestOf(text), characters: text.length, reading: await readText(sandbox, text, name) };
  const bytes = Buffer.from(base64!, 'base64');
  if (Math.ceil(bytes.length / 3) * 4 !== base64!.length) throw base64Wrong('Cannot inspect: base64 is not well formed');
  const reading: Reading =
    bytes.length > LARGEST_CONTENT ? { parts: [], files: [], unread: [{ path: [], reason: 'too_large' }] } : await readOrSayWhy(sandbox, bytes, name);
  return { bytes: bytes.length, digest: digestOf(bytes), characters: countCharacters(reading.parts), reading };
}

/** A text may be a page, a mail or something encrypted as a file may be: it is read as itself, and as what it is. */
async function readText(sandbox: Sandbox, text: string, name: string | undefined): Promise<Reading> {
  if (text === '') return { parts: [], files: [], unread: [] };
  const itself = { path: [], kind: 'text', text };
  if (name === undefined && isPlainText(text)) return { parts: [itself], files: [], unread: [] };
  const { parts, ...rest } = await readOrSayWhy(sandbox, Buffer.from(text), name);
  return { parts: [itself, ...parts.filter((part) => part.text !== text)], ...rest };
}
