import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from '#platform/server/keys.ts';
import type { SessionKind } from './rules.ts';
import type { Writing } from './sessions.ts';

const DEVICE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** What a device belongs to. With a new password the old devices are none any more. */
export interface DeviceOf {
  readonly personId: string;
  readonly passwordId: string;
}

/**
 * What a browser keeps after a full sign-in: it opens nothing, and says only that this person signed in here once. A device that was good keeps its id, so
 * that no wrong password is forgotten by a new one.
 */
function makeDevice(keys: KeyRing, of: DeviceOf, present?: string): string {
  const id = present ?? randomBytes(16).toString('base64url');
  return `${id}.${macOf(keys, id, of).toString('base64url')}`;
}
/** For the answer to a full sign-in: a program keeps none. */
export function deviceFor(kind: SessionKind, { services }: Pick<Writing, 'services'>, of: DeviceOf, present?: string): { device?: string } {
  return kind === 'browser' ? { device: makeDevice(services.keys, of, present) } : {};
}
/** The id of a device of this person, undefined if it is none of hers. */
export function deviceIdOf(keys: KeyRing, device: string | undefined, of: DeviceOf): string | undefined {
  const [, id, mac] = DEVICE.exec(device ?? '') ?? [];
  if (id === undefined || mac === undefined) return undefined;
  return timingSafeEqual(macOf(keys, id, of), Buffer.from(mac, 'base64url')) ? id : undefined;
}
function macOf(keys: KeyRing, id: string, { personId, passwordId }: DeviceOf): Buffer {
  return createHmac('sha256', keys.key('second-factor', 'device'))
    .update(JSON.stringify([id, personId, passwordId]))
    .digest();
}
