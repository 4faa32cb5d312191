import { hash } from 'node:crypto';

/** SHA-256 as the ledger package takes it. Through latin1: node:crypto's one-shot hash is three times slower into a Buffer. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'latin1' as 'hex'), 'latin1');
}
