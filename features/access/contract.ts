import { act, contract, event, failure, GrantId, Instant, Nothing, open, page, paged, PersonId, read, secret, SecretId } from '@underseal/contract';
import { z } from 'zod';

/**
 * The conditions of opening, in the order in which people are told of them. Employed: works here, by a row that nobody changed by hand. Confirmed: not signing in by
 * another's link of whom nobody has said yet that it is she. Permitted: has a role that opens what one is let in to. The others let in, each by itself.
 */
export const Condition = z.enum(['employed', 'confirmed', 'permitted', 'granted', 'owner', 'counsel']);
export type Condition = z.output<typeof Condition>;
export const Explanation = z.strictObject({
  mayKnow: z.boolean(),
  mayOpen: z.boolean(),
  conditions: z.array(z.strictObject({ condition: Condition, holds: z.boolean() })),
});
export const Grant = z.strictObject({
  id: GrantId,
  secretId: SecretId,
  personId: PersonId,
  personName: z.string(),
  reason: z.string(),
  from: Instant,
  until: Instant,
  revokedAt: Instant.nullable(),
  /** Why it was ended; none where it ran out as it was granted. */
  endReason: z.string().nullable(),
  grantedBy: PersonId,
  /** What holds for the person now, whether this grant has ended or not. */
  mayOpen: Explanation.shape.mayOpen,
  conditions: Explanation.shape.conditions,
});

export const granted = event('access.granted', {
  grantId: open(GrantId),
  secretId: open(SecretId),
  personId: open(PersonId),
  until: open(Instant),
  reason: secret('secretId', z.string()),
});
export const revoked = event('access.revoked', {
  grantId: open(GrantId),
  secretId: open(SecretId),
  personId: open(PersonId),
  reason: secret('secretId', z.string()),
});

export const access = contract({
  name: 'access',
  operations: {
    grant: act({
      needs: 'access:grant',
      about: 'secretId',
      strength: 'own',
      says: 'Lets a person in who needs to know, for a reason and until a date.',
      input: z.strictObject({ secretId: SecretId, personId: PersonId, reason: z.string().trim().min(10).max(1000), until: z.iso.datetime() }),
      output: z.strictObject({ grantId: GrantId }),
      records: [granted],
    }),
    revoke: act({
      needs: 'access:grant',
      about: 'grantId',
      strength: 'own',
      says: 'Ends a grant now.',
      input: z.strictObject({ grantId: GrantId, reason: z.string().trim().min(5).max(1000) }),
      output: Nothing,
      records: [revoked],
    }),
    list: read({
      needs: 'access:list',
      about: 'secretId',
      says: 'Who is let in, and why, and which conditions hold for each now; with `ended`, who was before.',
      input: z.strictObject({ secretId: SecretId, ended: z.boolean().default(false), ...page }),
      output: paged(Grant),
    }),
    explain: read({
      needs: 'access:list',
      about: 'secretId',
      says: 'Each condition of opening for one person and one secret: those of the gate, and that a role allows it.',
      input: z.strictObject({ secretId: SecretId, personId: PersonId }),
      output: Explanation,
    }),
  },
});
export const accessFailures = {
  personMissing: failure('invalid', 'access.person_missing'),
  alreadyGranted: failure('conflict', 'access.already_granted'),
  alreadyEnded: failure('conflict', 'access.already_ended'),
  endPassed: failure('invalid', 'access.end_passed'),
};
