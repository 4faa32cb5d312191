/**
 * The root key: 32 random bytes from which everything else can be opened. It is never used itself: `wrap`, the id and the check value each have a key
 * derived from it. A key service (KMS, PKCS#11) fits in as a third keeper beside keyfile and passphrase: it keeps these 32 bytes wrapped.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { toBase32 } from './base32.ts';
import { deriveKey, openBox, sealBox, toSecretKey } from './box.ts';
import { KeyError } from './error.ts';

export const ROOT_KEY_BYTES = 32;

export type RootKey = {
  /** Names the key and tells nothing of it: printed on keyfile and recovery kit. */
  readonly id: string;
  wrap(context: string, key: Uint8Array): Buffer;
  /** Throws `cannot_open` unless this root key wrapped it in this context. */
  unwrap(context: string, wrapped: Uint8Array): Buffer;
  derive(label: string): KeyObject;
  /** Forgets the key. A key ring opened with it goes on without. */
  close(): void;
};

/** Kept apart from the object that is handed about, so that no printing, copying or serialising of it meets the key. */
const secrets = new WeakMap<RootKey, KeyObject>();

/** Takes `bytes` over: they are zeroed. */
export function toRootKey(bytes: Buffer): RootKey {
  if (bytes.length !== ROOT_KEY_BYTES) throw new KeyError('misuse', 'Cannot use a root key: it is not 32 bytes long');
  const secret = toSecretKey(bytes);
  const root: RootKey = Object.freeze({
    id: `root_${toBase32(deriveKey(secret, 'root/id').export().subarray(0, 10)).toLowerCase()}`,
    wrap: (context: string, key: Uint8Array) => sealBox(derive(root, 'root/wrap'), context, key),
    unwrap: (context: string, wrapped: Uint8Array) => openBox(derive(root, 'root/wrap'), context, wrapped),
    derive: (label: string) => derive(root, `root/use/${label}`),
    close: () => void secrets.delete(root),
  });
  secrets.set(root, secret);
  return root;
}

export function newRootKeyBytes(): Buffer {
  return randomBytes(ROOT_KEY_BYTES);
}

/** A root key that is kept nowhere: for tests and for the demo. */
export function newRootKey(): RootKey {
  return toRootKey(newRootKeyBytes());
}

/** The bytes themselves, for those who store or print them. The caller zeroes them. */
export function exportRootKey(root: RootKey): Buffer {
  return secretOf(root).export();
}

/** Kept in the database from the first start on, so that a different root key is found before anything is written under it. */
export function keyCheckValue(root: RootKey): Buffer {
  return derive(root, 'root/check').export();
}

/** Throws `root_mismatch` unless `kept` is the check value of this root key. */
export function assertSameRoot(root: RootKey, kept: Uint8Array): void {
  const own = keyCheckValue(root);
  if (kept.length !== own.length || !timingSafeEqual(own, kept)) {
    throw new KeyError('root_mismatch', `Cannot use root key "${root.id}": this database belongs to another one`);
  }
}

function derive(root: RootKey, label: string): KeyObject {
  return deriveKey(secretOf(root), label);
}

function secretOf(root: RootKey): KeyObject {
  const secret = secrets.get(root);
  if (!secret) throw new KeyError('closed', 'Cannot use the root key: it is closed');
  return secret;
}
