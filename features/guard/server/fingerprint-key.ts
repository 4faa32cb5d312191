import { createCipheriv } from 'node:crypto';
import { fingerprintKey, type FingerprintKey } from '@underseal/fingerprint';
import type { KeyRing } from '#platform/server/keys.ts';

/** AES-128 as the pseudo-random function of the engine, under a key that the database does not have. */
export function engineKey(bytes: Uint8Array): FingerprintKey {
  return fingerprintKey((blocks) => {
    const cipher = createCipheriv('aes-128-ecb', bytes, null).setAutoPadding(false);
    return cipher.update(blocks);
  });
}

/** The key of this house, and its bytes, which a thread beside the server is given. */
export function identityKey({ keys }: { keys: KeyRing }): { key: FingerprintKey; keyBytes: Uint8Array } {
  const keyBytes = keys.key('fingerprint', 'identity').export().subarray(0, 16);
  return { key: engineKey(keyBytes), keyBytes };
}
