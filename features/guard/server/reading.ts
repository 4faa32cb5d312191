import { createHash } from 'node:crypto';
import { isContent, type InnerFile } from '@underseal/extract';
import type { z } from 'zod';
import { SandboxError, type Sandbox } from '#platform/server/sandbox/index.ts';
import type { Unread } from '../contract.ts';

export interface ReadPart {
  readonly path: readonly string[];
  readonly kind: string;
  readonly text: string;
}
export interface Reading {
  readonly parts: readonly ReadPart[];
  /** Files inside it, whether they could be read or not. */
  readonly files: readonly InnerFile[];
  readonly unread: readonly { path: readonly string[]; reason: z.infer<typeof Unread> }[];
}

/** Reads content in a process without keys. What it could not read whole is listed, never guessed. */
export async function readContent(sandbox: Sandbox, bytes: Uint8Array, name: string | undefined): Promise<Reading> {
  const extraction = await sandbox.extract(bytes, name === undefined ? {} : { name });
  return {
    parts: extraction.parts,
    files: extraction.files,
    unread: extraction.problems.map(({ path, reason }) => ({ path, reason: reason as z.infer<typeof Unread> })),
  };
}

/** As above, where the answer has to be a verdict: what no reader could be found for is not inspected. */
export async function readOrSayWhy(sandbox: Sandbox, bytes: Uint8Array, name: string | undefined): Promise<Reading> {
  try {
    return await readContent(sandbox, bytes, name);
  } catch (error) {
    if (error instanceof SandboxError) return { parts: [], files: [], unread: [{ path: [], reason: 'busy' }] };
    throw error;
  }
}

/**
 * The registered text of a document: its content one part after the other, without what the program that wrote it puts into every file. Source offsets
 * count in this.
 */
export function joinParts(parts: readonly ReadPart[]): string {
  return contentOf(parts)
    .map((part) => part.text)
    .join(BETWEEN);
}
const BETWEEN = '\n\n';
function contentOf(parts: readonly ReadPart[]): readonly ReadPart[] {
  return parts.filter((part) => isContent(part as never));
}

/** Where the registered text of a file lies in the texts that were read of the same file, which is packed at `path` in what was read. */
export function wholeParts(parts: readonly ReadPart[], path: readonly string[]): { part: number; length: number; srcFrom: number }[] {
  let at = 0;
  return parts.flatMap((one, part) => {
    if (!isContent(one as never) || path.some((name, i) => one.path[i] !== name)) return [];
    const srcFrom = at;
    at += one.text.length + BETWEEN.length;
    return [{ part, length: one.text.length, srcFrom }];
  });
}

/**
 * How many characters of what somebody gave were read: each once. What is read a second way (a text that has markup in it, as HTML as well; a paragraph as it
 * stood before a change) and what programs write around it (names, templates, properties) is looked through, and is not hers to count.
 */
export function countCharacters(parts: readonly ReadPart[]): number {
  let count = 0;
  for (const [i, part] of parts.entries()) {
    const before = parts[i - 1];
    const isAgain = part.kind === 'html' && before?.kind === 'text' && before.path.join('\0') === part.path.join('\0');
    if (isContent(part as never) && part.kind !== 'deleted' && !isAgain) count += part.text.length;
  }
  return count;
}

export function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What is given of a registered text around a passage: a fingerprint leaves some fifteen letters uncovered at most, and a few words show where it stands. */
const AROUND = 400;

/** Passages of the registered text, each with what stands around it and the part it lies in. */
export function passagesOf(parts: readonly ReadPart[], passages: readonly { readonly srcFrom: number; readonly srcTo: number }[]) {
  const content = contentOf(parts);
  const text = joinParts(parts);
  const partAt = (place: number) => {
    let end = 0;
    return content.find((part) => (end += part.text.length + BETWEEN.length) > place);
  };
  return passages.map(({ srcFrom, srcTo }) => ({
    from: srcFrom,
    to: srcTo,
    text: text.slice(srcFrom, srcTo),
    before: text.slice(Math.max(0, srcFrom - AROUND), srcFrom),
    after: text.slice(srcTo, srcTo + AROUND),
    path: (partAt(srcFrom)?.path ?? []).map(String),
  }));
}
