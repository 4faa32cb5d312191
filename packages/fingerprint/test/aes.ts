import { createCipheriv, createHash } from 'node:crypto';
import { fingerprintKey, type BlockCipher } from '../src/index.ts';

/** The cipher as a server would pass it in: one ECB object lives as long as the key, for it keeps no state between whole blocks. */
export function aes(secret: string): BlockCipher {
  const cipher = createCipheriv('aes-128-ecb', createHash('sha256').update(secret).digest().subarray(0, 16), null).setAutoPadding(false);
  return (blocks) => cipher.update(blocks);
}

export const key = fingerprintKey(aes('a key for tests'));
