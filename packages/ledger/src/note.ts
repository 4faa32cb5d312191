import { fromBase64, toBase64 } from './base64.ts';
import { concatBytes, fromHex, fromUtf8, toHex, toUtf8 } from './bytes.ts';
import { LedgerError } from './errors.ts';
import type { Hash } from './merkle.ts';

/** Signature types of C2SP signed-note that this package knows. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const NOTE_MAX_BYTES = 1_048_576;
const SIGNATURES_MAX = 100;
const KEY_ID_BYTES = 4;
const ED25519_KEY_BYTES = 32;
const ED25519_BYTES = 64;

const KEY_NAME = /^[^\p{White_Space}\p{Control}+]{1,255}$/u;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+=*)$/;

/** A public key as it is handed round: `name+id+base64(type, key)`. */
export type NoteKey = { readonly name: string; readonly keyId: string; readonly type: number; readonly publicKey: Uint8Array };

/** Makes what follows the key id in a signature line. `text` is the note's text in UTF-8. */
export type NoteSigner = {
  readonly name: string;
  readonly keyId: string;
  readonly sign: (text: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** Judges what follows the key id in a signature line. */
export type NoteVerifier = {
  readonly name: string;
  readonly keyId: string;
  readonly verify: (text: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
};

/** Ed25519 of the runtime: 64 bytes over `message`. */
export type Sign = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

/** A key that signs, wherever its secret half lies. */
export type SigningKey = { readonly name: string; readonly publicKey: Uint8Array; readonly sign: Sign };

/** `signature` is what follows the key id. */
export type NoteSignature = { readonly name: string; readonly keyId: string; readonly signature: Uint8Array };

/** A note whose signatures by known keys all hold; `signatures` names them, unknown ones are left out. */
export type OpenedNote = { readonly text: string; readonly signatures: NoteSignature[] };

/** Id of a key in eight hexadecimal letters: the beginning of SHA-256 over name, newline, type and key. */
function keyIdOf(sha256: Hash, { name, type, publicKey }: Omit<NoteKey, 'keyId'>): string {
  return toHex(sha256(concatBytes(toUtf8(`${name}\n`), Uint8Array.of(type), publicKey)).subarray(0, KEY_ID_BYTES));
}

/** The text of a public key (vkey). Throws `key_malformed` for a name with white space or a plus, or a key that is not 32 bytes. */
export function formatVkey(sha256: Hash, name: string, publicKey: Uint8Array, type: number = ED25519): string {
  assertKey(name, type, publicKey);
  return `${name}+${keyIdOf(sha256, { name, type, publicKey })}+${toBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

/** The public key in `vkey`. Throws `key_malformed` also when its id is not the one of its name and bytes. */
export function parseVkey(sha256: Hash, vkey: string): NoteKey {
  const [, name, id, encoded] = /^([^+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{4,100}=*)$/.exec(vkey) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || id === undefined || !bytes) throw keyMalformed();
  const [type] = bytes;
  const publicKey = bytes.slice(1);
  assertKey(name, type, publicKey);
  if (keyIdOf(sha256, { name, type, publicKey }) !== id) throw keyMalformed();
  return { name, keyId: id, type, publicKey };
}

function assertKey(name: string, type: number | undefined, publicKey: Uint8Array): asserts type is number {
  const isKnown = type === ED25519 || type === COSIGNATURE;
  if (!isKnown || !isKeyName(name) || publicKey.length !== ED25519_KEY_BYTES) throw keyMalformed();
}

/** Whether `name` will do as the name of a key, and as the origin of a log. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && KEY_NAME.test(name);
}

/** Whether `text` has no control character but the newline: signed-note forbids them, since they can hide text on a terminal. */
export function isPlainText(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 && text[i] !== '\n') return false;
  return text.isWellFormed();
}

function keyMalformed(): LedgerError {
  return new LedgerError('key_malformed', 'Cannot use this note key: it is not an Ed25519 key with a valid name and id');
}

/** A signer of type 0x01, the log's own. Throws `key_malformed`. */
export function ed25519Signer(sha256: Hash, { name, publicKey, sign }: SigningKey): NoteSigner {
  assertKey(name, ED25519, publicKey);
  return { name, keyId: keyIdOf(sha256, { name, type: ED25519, publicKey }), sign };
}

/** A verifier of the key in `vkey`, of either type. Throws `key_malformed`. */
export function ed25519Verifier(sha256: Hash, vkey: string, verify: Verify): NoteVerifier {
  const { name, keyId, type, publicKey } = parseVkey(sha256, vkey);
  if (type === COSIGNATURE) return { name, keyId, verify: (text, signature) => verifyCosignature({ publicKey, text, signature, verify }) };
  return { name, keyId, verify: (text, signature) => signature.length === ED25519_BYTES && verify(publicKey, text, signature) };
}

/**
 * A signer of type 0x04: a witness says that `at` (seconds since 1970) this was the largest tree of the log that it had seen. The text must be a
 * checkpoint. Throws `key_malformed`, or `note_invalid` for a time before 1970.
 */
export function cosigner(sha256: Hash, { name, publicKey, sign, at }: SigningKey & { readonly at: number }): NoteSigner {
  assertKey(name, COSIGNATURE, publicKey);
  if (!Number.isSafeInteger(at) || at < 0) throw new LedgerError('note_invalid', 'Cannot cosign: the time is not whole seconds since 1970');
  async function cosign(text: Uint8Array): Promise<Uint8Array> {
    const time = new Uint8Array(8);
    for (let i = 7, rest = at; i >= 0; i--, rest = Math.floor(rest / 256)) time[i] = rest % 256;
    return concatBytes(time, await sign(cosigned(at, text)));
  }
  return { name, keyId: keyIdOf(sha256, { name, type: COSIGNATURE, publicKey }), sign: cosign };
}

/** When a witness cosigned, in seconds since 1970; undefined when `signature` is not of type 0x04 or its time is past 2^53. */
export function cosignatureTime(signature: Uint8Array): number | undefined {
  if (signature.length !== 8 + ED25519_BYTES) return undefined;
  const seconds = signature.subarray(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

type Cosigned = { readonly publicKey: Uint8Array; readonly text: Uint8Array; readonly signature: Uint8Array; readonly verify: Verify };

function verifyCosignature({ publicKey, text, signature, verify }: Cosigned): boolean | Promise<boolean> {
  const at = cosignatureTime(signature);
  return at !== undefined && verify(publicKey, cosigned(at, text), signature.subarray(8));
}

function cosigned(at: number, text: Uint8Array): Uint8Array {
  return concatBytes(toUtf8(`cosignature/v1\ntime ${at}\n`), text);
}

/** `text` with one signature line for each of `signers`. Throws `note_invalid` for a text without final newline or with control characters, or no signer. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n') || !isPlainText(text)) throw new LedgerError('note_invalid', 'Cannot sign this text: it is not lines of plain text');
  if (signers.length === 0) throw new LedgerError('note_invalid', 'Cannot sign this text: nobody signs');
  const bytes = toUtf8(text);
  const lines = await Promise.all(signers.map(async (signer) => signatureLine(signer, await signer.sign(bytes))));
  return `${text}\n${lines.join('')}`;
}

/** One line of a note, newline and all: for a signature that comes later, as a witness's. */
export function signatureLine(key: { readonly name: string; readonly keyId: string }, signature: Uint8Array): string {
  if (!isKeyName(key.name) || !/^[0-9a-f]{8}$/.test(key.keyId)) throw keyMalformed();
  return `\u2014 ${key.name} ${toBase64(concatBytes(fromHex(key.keyId), signature))}\n`;
}

/**
 * The text of `note`, vouched for by at least one of `verifiers`. Lines of unknown keys are passed over. Throws `note_malformed` for any other form (also
 * two lines of one known key), `signature_invalid` when the line of a known key does not hold, `signature_missing` when no known key signed.
 */
export async function openNote(note: string | Uint8Array, verifiers: readonly NoteVerifier[]): Promise<OpenedNote> {
  const { text, lines } = splitNote(note);
  const known = new Map(verifiers.map((verifier) => [`${verifier.name}+${verifier.keyId}`, verifier]));
  if (known.size < verifiers.length) throw new LedgerError('key_malformed', 'Cannot open this note: two verifiers have the same name and id');
  const bytes = toUtf8(text);
  const signatures = new Map<string, NoteSignature>();
  for (const line of lines) {
    const read = readSignature(line);
    const key = `${read.name}+${read.keyId}`;
    const verifier = known.get(key);
    if (!verifier) continue;
    if (signatures.has(key)) throw noteMalformed('a known key signed twice');
    if (!(await verifier.verify(bytes, read.signature))) {
      throw new LedgerError('signature_invalid', `Cannot open this note: the signature of "${verifier.name}" does not hold`);
    }
    signatures.set(key, read);
  }
  if (signatures.size === 0) throw new LedgerError('signature_missing', 'Cannot open this note: no known key signed it');
  return { text, signatures: [...signatures.values()] };
}

/** The text is all before the last empty line; text and signatures end with a newline. */
function splitNote(note: string | Uint8Array): { text: string; lines: string[] } {
  if (note.length > NOTE_MAX_BYTES) throw noteMalformed('it is too long');
  const whole = typeof note === 'string' ? note : fromUtf8(note);
  if (whole === undefined || !isPlainText(whole)) throw noteMalformed('it is not lines of plain text');
  const cut = whole.lastIndexOf('\n\n');
  if (cut < 0 || !whole.endsWith('\n')) throw noteMalformed('it has no text and signatures');
  const lines = whole.slice(cut + 2).split('\n');
  lines.pop();
  if (lines.length === 0 || lines.length > SIGNATURES_MAX) throw noteMalformed('it has no signature or too many');
  return { text: whole.slice(0, cut + 1), lines };
}

function readSignature(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || !bytes || bytes.length <= KEY_ID_BYTES || !isKeyName(name)) throw noteMalformed('a line is not a signature');
  return { name, keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.slice(KEY_ID_BYTES) };
}

function noteMalformed(state: string): LedgerError {
  return new LedgerError('note_malformed', `Cannot open this note: ${state}`);
}
