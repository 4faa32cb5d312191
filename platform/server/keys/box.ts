/**
 * A box: a small value sealed by AES-256-GCM under a key made for one use only.
 *
 *   version (1 byte, 1) || nonce (12 bytes, random) || ciphertext || tag (16 bytes)
 *
 * Version and context are authenticated with it, so that a box moved to another row, column or table does not open there. With random nonces one
 * key is good for 2^32 boxes; `deriveKey` gives each use a key of its own.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KeyError } from './error.ts';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const PAD_BYTES = 64;

export function sealBox(key: KeyObject, context: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(context));
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws `cannot_open` for anything but a box of this key and context. */
export function openBox(key: KeyObject, context: string, box: Uint8Array): Buffer {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  const end = bytes.length - TAG_BYTES;
  if (bytes[0] !== VERSION || end < 1 + NONCE_BYTES) throw cannotOpen();
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(context)).setAuthTag(bytes.subarray(end));
  const plain = decipher.update(bytes.subarray(1 + NONCE_BYTES, end));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    throw cannotOpen();
  }
  return plain;
}

/** A key for one use, by HKDF-SHA-512: keys of different labels tell nothing of each other, nor of the key they come from. */
export function deriveKey(key: KeyObject, label: string): KeyObject {
  return toSecretKey(Buffer.from(hkdfSync('sha512', key, '', `underseal/v1/${label}`, 32)));
}

/** Takes the bytes over into a KeyObject, which prints as nothing, lies outside the JavaScript heap and is wiped when freed. `bytes` is zeroed. */
export function toSecretKey(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** Padding of ISO/IEC 7816-4 to a multiple of 64 bytes: a length then tells 64 sizes apart as one. */
export function pad(plain: Uint8Array): Buffer {
  const padded = Buffer.alloc((Math.floor(plain.length / PAD_BYTES) + 1) * PAD_BYTES);
  padded.set(plain);
  padded.writeUInt8(0x80, plain.length);
  return padded;
}

export function unpad(padded: Buffer): Buffer {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end -= 1;
  if (padded[end] !== 0x80 || padded.length % PAD_BYTES !== 0 || padded.length - end > PAD_BYTES) throw cannotOpen();
  return padded.subarray(0, end);
}

function boundTo(context: string): Buffer {
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(context)]);
}

function cannotOpen(): KeyError {
  return new KeyError('cannot_open', 'Cannot open a sealed value: it was changed, moved, or sealed under another key');
}
