/**
 * The key ring: every key the program works with. Per purpose there is one random key, made once, wrapped by the root key and kept in the key store.
 * It is never used itself either; each use has a key derived from it by label. Two kinds hang below a purpose key, wrapped by it:
 *
 * - a key per subject (a person), made on demand and destroyed when he is erased: what it sealed is then gone, in backups too once they expire;
 * - a key per thing (a document version), kept wrapped beside the thing.
 *
 * All is KeyObjects: they print as nothing and lie outside the JavaScript heap.
 */
import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { newId } from '../ids.ts';
import { systemClock } from '../ports.ts';
import type { Clock } from '../ports.ts';
import { deriveKey, openBox, pad, sealBox, toSecretKey, unpad } from './box.ts';
import { KeyError } from './error.ts';
import type { RootKey } from './root.ts';
import type { KeyRow, KeyStore } from './store.ts';

export const KEY_PURPOSES = [
  'vault',
  'register',
  'disclosure',
  'fingerprint',
  'seal',
  'checkpoint',
  'second-factor',
  'idempotency',
  'tickets',
  'backup',
] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

export type CheckpointSigner = { readonly name: string; /** 32 bytes, as RFC 8032 has them. */ readonly publicKey: Buffer; sign(message: Uint8Array): Buffer };

const KEY_BYTES = 32;
/** What RFC 8410 puts before an Ed25519 seed, in DER. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Opens the ring, making keys that are missing. For set-up (before the database is marked as set up), and for an upgrade that brings a new purpose:
 * under a lock, and never because a key turned out to be missing. Throws `cannot_open` if the keys there were made under another root key.
 */
export async function createKeyRing(root: RootKey, store: KeyStore, clock: Clock = systemClock): Promise<KeyRing> {
  return loadKeyRing({ root, store, clock }, (purpose) => {
    const key = randomBytes(KEY_BYTES);
    const row = { id: newId('key'), purpose, subject: null, wrapped: root.wrap(placeOf(purpose, null), key), createdAt: clock.now(), destroyedAt: null };
    key.fill(0);
    return store.insert(row);
  });
}

/** Opens the ring of an installation that has been set up. Throws `key_missing` rather than make a key anew. */
export async function openKeyRing(root: RootKey, store: KeyStore, clock: Clock = systemClock): Promise<KeyRing> {
  return loadKeyRing({ root, store, clock }, async () => undefined);
}

type Parts = { readonly root: RootKey; readonly store: KeyStore; readonly clock: Clock };

async function loadKeyRing({ root, store, clock }: Parts, whenMissing: (purpose: KeyPurpose) => Promise<KeyRow | undefined>): Promise<KeyRing> {
  const keys = new Map<KeyPurpose, KeyObject>();
  for (const purpose of KEY_PURPOSES) {
    const row = (await store.load(purpose)) ?? (await whenMissing(purpose));
    if (!row?.wrapped) throw new KeyError('key_missing', `Cannot open the keys: the ${purpose} key is missing`);
    keys.set(purpose, toSecretKey(root.unwrap(placeOf(purpose, null), row.wrapped)));
  }
  return new KeyRing(keys, store, clock);
}

/** Holds the open keys. The root key is not among them: once the ring is open it may be closed. */
export class KeyRing {
  readonly #purposeKeys: Map<KeyPurpose, KeyObject>;
  readonly #derived = new Map<string, KeyObject>();
  readonly #store: KeyStore;
  readonly #clock: Clock;

  constructor(purposeKeys: Map<KeyPurpose, KeyObject>, store: KeyStore, clock: Clock) {
    this.#purposeKeys = purposeKeys;
    this.#store = store;
    this.#clock = clock;
  }

  /** The key of one use of a purpose. Labels are constants of the code, never data: each is kept. */
  key(purpose: KeyPurpose, label: string): KeyObject {
    const place = `${purpose}/${label}`;
    const known = this.#derived.get(place);
    if (known) return known;
    const purposeKey = this.#purposeKeys.get(purpose);
    if (!purposeKey) throw new KeyError('closed', 'Cannot use a key: the key ring is closed');
    const derived = deriveKey(purposeKey, place);
    this.#derived.set(place, derived);
    return derived;
  }

  /**
   * The key of a subject, made at the first call. Throws `key_destroyed` for ever once it was destroyed. It is not kept in memory, so that a
   * destruction holds at once in every process. `store` lets the work join a transaction.
   */
  async subjectKey(purpose: KeyPurpose, subject: string, store = this.#store): Promise<KeyObject> {
    const found = await this.findSubjectKey(purpose, subject, store);
    if (found) return found;
    const key = randomBytes(KEY_BYTES);
    const wrapped = sealBox(this.key(purpose, 'subject-keys'), placeOf(purpose, subject), key);
    key.fill(0);
    return this.#openSubjectKey(purpose, await store.insert({ id: newId('key'), purpose, subject, wrapped, createdAt: this.#clock.now(), destroyedAt: null }));
  }

  /** As `subjectKey`, but undefined where none was ever made. */
  async findSubjectKey(purpose: KeyPurpose, subject: string, store = this.#store): Promise<KeyObject | undefined> {
    assertSubject(subject);
    const row = await store.load(purpose, subject);
    return row && this.#openSubjectKey(purpose, row);
  }

  /** Destroys the key of a subject, and with it all that it sealed. A subject without a key is barred from ever having one. */
  async destroySubjectKey(purpose: KeyPurpose, subject: string, store = this.#store): Promise<void> {
    assertSubject(subject);
    const at = this.#clock.now();
    const row = await store.insert({ id: newId('key'), purpose, subject, wrapped: null, createdAt: at, destroyedAt: at });
    if (!row.destroyedAt) await store.destroy(purpose, subject, at);
  }

  /** Seals a text that tells of a subject, to be gone with his key. `context` is entry and field. Throws `key_destroyed`. */
  async sealDisclosure(subject: string, context: string, text: string, store = this.#store): Promise<Buffer> {
    return sealPadded(await this.subjectKey('disclosure', subject, store), context, text);
  }

  /** Throws `key_destroyed` once the subject was erased, `key_missing` if nothing was ever sealed for him, `cannot_open`. */
  async openDisclosure(subject: string, context: string, box: Uint8Array, store = this.#store): Promise<string> {
    const key = await this.findSubjectKey('disclosure', subject, store);
    if (!key) throw new KeyError('key_missing', 'Cannot open a disclosure: its subject has no key');
    return openPadded(key, context, box);
  }

  /** A key for one thing, to be kept wrapped beside it. `context` names the thing: elsewhere the wrapped key does not open. */
  newDataKey(purpose: KeyPurpose, context: string): { readonly key: KeyObject; readonly wrapped: Buffer } {
    const bytes = randomBytes(KEY_BYTES);
    const wrapped = sealBox(this.key(purpose, 'data-keys'), context, bytes);
    return { key: toSecretKey(bytes), wrapped };
  }

  /** Throws `cannot_open`. */
  openDataKey(purpose: KeyPurpose, wrapped: Uint8Array, context: string): KeyObject {
    return toSecretKey(openBox(this.key(purpose, 'data-keys'), context, wrapped));
  }

  /**
   * Seals a small text for a database column. `context` is table, column and row id. The text is padded to a multiple of 64 bytes, so that the size
   * of a title tells nothing as long as it is below 64 bytes, and little above.
   */
  sealText(purpose: KeyPurpose, context: string, text: string): Buffer {
    return sealPadded(this.key(purpose, 'texts'), context, text);
  }

  /** Throws `cannot_open`. */
  openText(purpose: KeyPurpose, context: string, box: Uint8Array): string {
    return openPadded(this.key(purpose, 'texts'), context, box);
  }

  /** Seals small bytes for a database column, without padding. */
  sealBytes(purpose: KeyPurpose, context: string, bytes: Uint8Array): Buffer {
    return sealBox(this.key(purpose, 'bytes'), context, bytes);
  }

  /** Throws `cannot_open`. */
  openBytes(purpose: KeyPurpose, context: string, box: Uint8Array): Buffer {
    return openBox(this.key(purpose, 'bytes'), context, box);
  }

  /** Equal for equal values of one label, and telling nothing else: for look-ups and unique columns of sealed texts. Normalise the value first. */
  blindIndex(label: string, value: string): Buffer {
    return createHmac('sha256', this.key('register', `blind-index/${label}`))
      .update(value)
      .digest();
  }

  /** Signs with the Ed25519 key of this installation's ledger, whose origin is `name`. */
  checkpointSigner(name: string): CheckpointSigner {
    const seed = this.key('checkpoint', 'ed25519').export();
    const der = Buffer.concat([ED25519_PREFIX, seed]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    seed.fill(0);
    der.fill(0);
    const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
    return { name, publicKey, sign: (message) => sign(null, message, privateKey) };
  }

  /** Forgets all keys; Node wipes their memory when it frees them. Keys that were handed out live on with their holders. */
  close(): void {
    this.#purposeKeys.clear();
    this.#derived.clear();
  }

  #openSubjectKey(purpose: KeyPurpose, row: KeyRow): KeyObject {
    if (!row.wrapped || row.destroyedAt) throw new KeyError('key_destroyed', 'Cannot use the key of this subject: it was destroyed');
    return toSecretKey(openBox(this.key(purpose, 'subject-keys'), placeOf(purpose, row.subject), row.wrapped));
  }
}

function sealPadded(key: KeyObject, context: string, text: string): Buffer {
  const padded = pad(Buffer.from(text));
  const box = sealBox(key, context, padded);
  padded.fill(0);
  return box;
}

function openPadded(key: KeyObject, context: string, box: Uint8Array): string {
  const padded = openBox(key, context, box);
  const text = unpad(padded).toString('utf8');
  padded.fill(0);
  return text;
}

/** Binds a wrapped key to its place, so that nobody can give one purpose or person the key of another by editing the table. */
function placeOf(purpose: KeyPurpose, subject: string | null): string {
  return JSON.stringify(['platform_key', purpose, subject]);
}

function assertSubject(subject: string): void {
  if (subject === '') throw new KeyError('misuse', 'Cannot use a subject key: the subject is empty');
}
