import { createCipheriv } from 'node:crypto';
import { fingerprintKey, type FingerprintKey } from '@underseal/fingerprint';

/** AES-128 as the pseudo-random function of the engine, under a key that the database does not have. */
export function engineKey(bytes: Uint8Array): FingerprintKey {
  return fingerprintKey((blocks) => {
    const cipher = createCipheriv('aes-128-ecb', bytes, null).setAutoPadding(false);
    return cipher.update(blocks);
  });
}
