/**
 * A backup is one tar file:
 *
 *   about.json            format, root key id, time: what may be told before anything is proved
 *   tables/NAME/N         rows of a table as COPY text, in pieces; tables in the order in which rows may be inserted
 *   jobs.json             work that waited
 *   blobs/ID              ciphertext, as it lies in the store
 *   manifest.json         what belongs to it: migrations, tables, blobs and the ledger's head
 *   manifest.mac          HMAC-SHA256 over every byte before this entry, under a key derived from the root key
 *
 * The root key is not in it. Whoever has both file and recovery kit has everything; whoever has one has nothing of any secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { RootKey } from '../keys.ts';

export const FORMAT = 'underseal-backup v1';
/** Bytes of manifest that are read into memory: two million blobs. */
export const LARGEST_MANIFEST = 400 * 2 ** 20;

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);
const Count = z.int().min(0);

export const About = z.strictObject({ format: z.literal(FORMAT), rootKey: z.string().max(100), createdAt: z.iso.datetime() });
export const Manifest = z.strictObject({
  ...About.shape,
  origin: z.string(),
  migrations: z.array(z.strictObject({ name: z.string(), digest: Sha256 })).min(1),
  tables: z.array(z.strictObject({ name: Name, columns: z.array(Name), rows: Count, bytes: Count, sha256: Sha256 })),
  sequences: z.array(z.strictObject({ name: Name, value: z.int(), called: z.boolean() })),
  jobs: z.strictObject({ count: Count, sha256: Sha256 }),
  blobs: z.array(z.strictObject({ id: z.string().regex(/^[a-z0-9_]{1,90}$/), bytes: Count, sha256: Sha256 })),
  /** Blobs that rows tell of and that could not be read whole: with any, the backup is incomplete. What a tar holds under their names is not to be used. */
  lacking: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9_]{1,90}$/),
        bytes: Count,
        why: z.enum(['missing', 'damaged', 'unreadable']),
        of: z.array(z.string().max(100)),
      }),
    )
    .default([]),
  ledger: z.strictObject({ size: Count, root: Sha256, note: z.string().nullable() }),
});
export type Manifest = z.infer<typeof Manifest>;
export type Lacking = Manifest['lacking'][number];
export const WaitingJobs = z.array(z.strictObject({ name: z.string(), data: z.record(z.string(), z.string()), key: z.string().nullable() }));
export type WaitingJobs = z.infer<typeof WaitingJobs>;

/** A line for each, by ids alone. */
export function nameLacking(lacking: readonly Lacking[]): string[] {
  const words = { missing: 'is missing', damaged: 'has not the size that the database tells', unreadable: 'could not be read' };
  return lacking.map(({ id, of, why }) => `${of.join(', ')}: its blob "${id}" ${words[why]}`);
}

export function macOf(root: RootKey, digest: Uint8Array): string {
  return createHmac('sha256', root.derive('backup')).update(`${FORMAT}\0`).update(digest).digest('hex');
}
export function macHolds(root: RootKey, digest: Uint8Array, mac: string): boolean {
  const own = Buffer.from(macOf(root, digest));
  const given = Buffer.from(mac);
  return own.length === given.length && timingSafeEqual(own, given);
}
