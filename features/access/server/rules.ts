import { accessFailures } from '../contract.ts';
import type { GrantRow } from './store.ts';

/** What the seal of a grant covers, in the spelling that access_powers gives back. */
export function grantSeal(grant: { id: string; secretId: string; personId: string; from: Date; to: Date; revokedAt: Date | null }) {
  return {
    id: grant.id,
    secret_id: grant.secretId,
    person_id: grant.personId,
    valid_from: grant.from.toISOString(),
    valid_to: grant.to.toISOString(),
    revoked_at: grant.revokedAt?.toISOString() ?? null,
  };
}
export function assertEndAhead(until: Date, now: Date) {
  if (until <= now) throw accessFailures.endPassed('Cannot grant access: its end has passed');
}
export function assertLive(grant: GrantRow, now: Date) {
  if (grant.revoked_at || grant.valid_to <= now)
    throw accessFailures.alreadyEnded(`Cannot end this grant: it ended at ${(grant.revoked_at ?? grant.valid_to).toISOString()}`);
}
export function reasonContext(grantId: string): string {
  return `access_grant|reason|${grantId}`;
}
