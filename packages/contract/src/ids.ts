import { z } from 'zod';

/** Prefixes of ids whose objects the gate decides about: an operation that takes one must say so by `about`. */
export const SUBJECT_PREFIXES = ['sec', 'doc', 'ver', 'upl', 'grt', 'cas'] as const;
export type SubjectPrefix = (typeof SUBJECT_PREFIXES)[number];

/** 128 random bits in 26 characters of Crockford's alphabet, behind a prefix that tells the kind: `sec_01h...`. */
function id<const Prefix extends string>(prefix: Prefix) {
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))
    .describe(`id of kind ${prefix}`)
    .brand<Prefix>();
}

export const PersonId = id('per');
export type PersonId = z.infer<typeof PersonId>;
export const SessionId = id('ses');
export type SessionId = z.infer<typeof SessionId>;
export const TokenId = id('tok');
export type TokenId = z.infer<typeof TokenId>;
export const InvitationId = id('inv');
export type InvitationId = z.infer<typeof InvitationId>;
export const SecretId = id('sec');
export type SecretId = z.infer<typeof SecretId>;
export const ElementId = id('elm');
export type ElementId = z.infer<typeof ElementId>;
export const GrantId = id('grt');
export type GrantId = z.infer<typeof GrantId>;
export const DocumentId = id('doc');
export type DocumentId = z.infer<typeof DocumentId>;
export const VersionId = id('ver');
export type VersionId = z.infer<typeof VersionId>;
export const UploadId = id('upl');
export type UploadId = z.infer<typeof UploadId>;
export const InspectionId = id('ins');
export type InspectionId = z.infer<typeof InspectionId>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id from 17 random bytes: the caller brings the randomness. */
export function formatId(prefix: string, random: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 26; i++) {
    const bit = i * 5;
    const pair = ((random[bit >> 3] ?? 0) << 8) | (random[(bit >> 3) + 1] ?? 0);
    text += ALPHABET[(pair >> (11 - (bit & 7))) & 31];
  }
  return `${prefix}_${text}`;
}
