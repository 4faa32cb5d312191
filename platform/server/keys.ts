/**
 * Keys, from the root down:
 *
 *   root key (keyfile or passphrase; on paper: recovery kit)
 *     wraps one key a purpose        vault, register, disclosure, ..., made once at set-up
 *       wraps a key a subject        destroyed on erasure
 *       wraps a key a thing          one a document version
 *       derives a key a use          sealed texts, row seals, blind indexes, the checkpoint signature
 *
 * No key does two things, and each sealed value is bound to its place by a context.
 */
export { KeyError } from './keys/error.ts';
export type { KeyErrorCode } from './keys/error.ts';
export { deriveKey } from './keys/box.ts';
export { assertSameRoot, keyCheckValue, newRootKey } from './keys/root.ts';
export type { RootKey } from './keys/root.ts';
export { createKeyfile, openKeyfile } from './keys/keyfile.ts';
export { DEFAULT_COSTS, changePassphrase, createPassphraseRoot, openPassphraseRoot } from './keys/passphrase.ts';
export type { PassphraseCosts } from './keys/passphrase.ts';
export { readRecoveryKit, writeRecoveryKit } from './keys/recovery-kit.ts';
export { KEY_PURPOSES, KeyRing, createKeyRing, openKeyRing } from './keys/ring.ts';
export type { CheckpointSigner, KeyPurpose } from './keys/ring.ts';
export { memoryKeyStore } from './keys/store.ts';
export type { KeyRow, KeyStore } from './keys/store.ts';
