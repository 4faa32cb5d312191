import type { z } from 'zod';
import type { Sandbox } from '#platform/server/sandbox/index.ts';
import type { Unread } from '../contract.ts';

export interface ReadPart {
  readonly path: readonly string[];
  readonly kind: string;
  readonly text: string;
}
export interface Reading {
  readonly parts: readonly ReadPart[];
  readonly unread: readonly { path: readonly string[]; reason: z.infer<typeof Unread> }[];
}

/** Reads content in a process without keys. What it could not read whole is listed, never guessed. */
export async function readContent(sandbox: Sandbox, bytes: Uint8Array, name: string | undefined): Promise<Reading> {
  const extraction = await sandbox.extract(bytes, name === undefined ? {} : { name });
  return { parts: extraction.parts, unread: extraction.problems.map(({ path, reason }) => ({ path, reason: reason as z.infer<typeof Unread> })) };
}

/** The registered text of a document: its parts one after the other. Source offsets count in this. */
export function joinParts(parts: readonly ReadPart[]): string {
  return parts.map((part) => part.text).join('\n\n');
}
