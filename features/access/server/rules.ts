import type { Strength } from '#platform/server/gate.ts';
import { accessFailures } from '../contract.ts';
import type { GrantRow, PowerRow } from './store.ts';

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

export type Condition = 'owner' | 'granted' | 'counsel' | 'registrar';
/** Which conditions give what, one of them being enough. In code, since whoever may write the database must not be able to say so. */
const NEEDS: Readonly<Record<Strength, readonly Condition[]>> = {
  know: ['granted', 'owner', 'counsel', 'registrar'],
  open: ['granted', 'owner', 'registrar'],
  own: ['owner'],
};

/** The condition that a sealed row makes true for just this one, this secret and this moment. */
export function conditionOf({ table, row }: PowerRow, { who, secretId, at }: { who: string; secretId: string; at: Date }): Condition | undefined {
  const inForce = hasBegun(row['valid_from'], at) && isAfter(row['valid_to'], at);
  const mine = row['person_id'] === who && inForce;
  const here = row['secret_id'] === secretId;
  if (table === 'register_owner' && mine && here) return 'owner';
  if (table === 'access_grant' && mine && here && isAfter(row['revoked_at'], at)) return 'granted';
  if (table === 'people_role' && mine && row['role'] === 'counsel') return 'counsel';
  if (table === 'register_registrar' && row['token_id'] === who && here && inForce) return 'registrar';
  return undefined;
}
export function strengthsOf(held: readonly Condition[]): Readonly<Record<Strength, boolean>> {
  const has = (strength: Strength) => NEEDS[strength].some((condition) => held.includes(condition));
  return { know: has('know'), open: has('open'), own: has('own') };
}

function hasBegun(instant: string | null | undefined, at: Date): boolean {
  return typeof instant === 'string' && Date.parse(instant) <= at.getTime();
}
/** No end is an end in no time. */
function isAfter(instant: string | null | undefined, at: Date): boolean {
  return instant === null || (typeof instant === 'string' && Date.parse(instant) > at.getTime());
}
