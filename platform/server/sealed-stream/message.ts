/**
 * One Cobblestone-256 message, as https://c2sp.org/chunked-encryption has it with SHA-512 and AES-256-GCM:
 *
 *   salt (24 bytes, random) || commitment (32 bytes) || chunk 0 || chunk 1 || ... || last chunk
 *
 * Each chunk is 16 KiB of plaintext sealed by AES-256-GCM (16 more bytes); the last is always shorter, if need be empty, and so marks the end.
 * Key, base nonce and commitment come from HKDF-Expand over input key, salt and context; chunk i has the base nonce xor i.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SealedStreamError } from './error.ts';

export const CHUNK_BYTES = 16_384;
export const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
export const SALT_BYTES = 24;
export const HEADER_BYTES = SALT_BYTES + 32;
const MAX_CHUNKS = 2 ** 38;
const CIPHER = 'aes-256-gcm';
const INFO = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0', 'latin1');

/** What one message is sealed and opened with. */
export type MessageKeys = { readonly key: KeyObject; readonly baseNonce: Buffer; readonly salt: Buffer; readonly commitment: Buffer };

/** Keys of the message that has this salt. Throws `misuse` if `key` is not 32 bytes long. */
export function deriveMessageKeys(key: KeyObject, context: Uint8Array, salt: Uint8Array): MessageKeys {
  if (key.type !== 'secret' || key.symmetricKeySize !== 32) throw new SealedStreamError('misuse', 'Cannot seal or open: the key is not 32 bytes long');
  const info = Buffer.concat([INFO, salt, context]);
  const first = createHmac('sha512', key).update(info).update(Uint8Array.of(1)).digest();
  const second = createHmac('sha512', key).update(first).update(info).update(Uint8Array.of(2)).digest();
  const keys = {
    key: createSecretKey(first.subarray(0, 32)),
    baseNonce: Buffer.from(first.subarray(32, 44)),
    salt: Buffer.from(salt),
    commitment: Buffer.concat([first.subarray(44), second.subarray(0, 12)]),
  };
  first.fill(0);
  second.fill(0);
  return keys;
}

/** Keys of the message that begins with `header`, whose commitment must hold: no chunk is touched before. */
export function openHeader(key: KeyObject, context: Uint8Array, header: Buffer): MessageKeys {
  if (header.length < HEADER_BYTES) throw new SealedStreamError('truncated', 'Cannot open sealed bytes: they end inside the header');
  const keys = deriveMessageKeys(key, context, header.subarray(0, SALT_BYTES));
  if (!timingSafeEqual(keys.commitment, header.subarray(SALT_BYTES, HEADER_BYTES))) {
    throw new SealedStreamError('wrong_key', 'Cannot open sealed bytes: they were not sealed with this key in this context');
  }
  return keys;
}

export function headerOf(keys: MessageKeys): Buffer {
  return Buffer.concat([keys.salt, keys.commitment]);
}

/** Seals chunk `index` into `target`. The caller answers for it that no index is ever sealed twice under one set of keys. */
export function sealChunk(keys: MessageKeys, index: number, plain: Uint8Array, target: Buffer): void {
  const cipher = createCipheriv(CIPHER, keys.key, chunkNonce(keys, index));
  target.set(cipher.update(plain));
  cipher.final();
  target.set(cipher.getAuthTag(), plain.length);
}

/** Plaintext of chunk `index`, given only once its tag has been checked. */
export function openChunk(keys: MessageKeys, index: number, sealed: Buffer): Buffer {
  if (sealed.length < TAG_BYTES) throw new SealedStreamError('truncated', 'Cannot open sealed bytes: they end inside a chunk');
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, keys.key, chunkNonce(keys, index), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    throw new SealedStreamError('altered', 'Cannot open sealed bytes: a chunk does not authenticate');
  }
  return plain;
}

/** Size of what `plainSize` bytes become: 56 bytes, and 16 for each chunk (0.1 %). */
export function sealedSize(plainSize: number): number {
  assertSize(plainSize);
  const chunks = Math.floor(plainSize / CHUNK_BYTES) + 1;
  if (chunks > MAX_CHUNKS) throw new SealedStreamError('too_long', 'Cannot seal: the content has more than 2^38 chunks');
  return HEADER_BYTES + plainSize + chunks * TAG_BYTES;
}

/** Size of what is inside `sealedSize` sealed bytes. Throws `truncated` if no message is that long. */
export function plainSize(sealedSize: number): number {
  assertSize(sealedSize);
  const body = sealedSize - HEADER_BYTES;
  const wholeChunks = Math.floor(body / SEALED_CHUNK_BYTES);
  if (body < 0 || body % SEALED_CHUNK_BYTES < TAG_BYTES) throw new SealedStreamError('truncated', 'Cannot open sealed bytes: no whole message has this size');
  if (wholeChunks >= MAX_CHUNKS) throw new SealedStreamError('too_long', 'Cannot open sealed bytes: they have more than 2^38 chunks');
  return body - (wholeChunks + 1) * TAG_BYTES;
}

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw new SealedStreamError('malformed', 'Cannot compute a size: it is not a whole number of bytes');
}

function chunkNonce(keys: MessageKeys, index: number): Buffer {
  if (index >= MAX_CHUNKS) throw new SealedStreamError('too_long', 'Cannot seal or open: there are more than 2^38 chunks');
  const nonce = Buffer.from(keys.baseNonce);
  nonce.writeUInt8(nonce.readUInt8(7) ^ Math.floor(index / 2 ** 32), 7);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (index % 2 ** 32)) >>> 0, 8);
  return nonce;
}
