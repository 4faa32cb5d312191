import { fromBase64Url, toBase64Url } from './base64.ts';
import { toUtf8, toUtf8Briefly } from './bytes.ts';
import { canonicalJson, parseCanonical, type Json } from './canonical.ts';
import { LedgerError, type LedgerErrorCode } from './errors.ts';
import type { Hash } from './merkle.ts';

/** The longest entry in bytes: an entry bundle counts it in two bytes. */
export const ENTRY_MAX_BYTES = 65_535;
/** The longest disclosure in bytes. */
export const DISCLOSURE_MAX_BYTES = 1_048_576;

const SALT_BYTES = 16;
const SALT_LETTERS = 22;
const DIGEST_BYTES = 32;
const DISCLOSURE_LABEL = 'underseal.disclosure.v1';

// Nothing in an id needs an escape in JSON.
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const TYPE = /^(?=.{1,128}$)[a-z][A-Za-z0-9_-]*(\.[a-z][A-Za-z0-9_-]*)+$/;
const FIELD = /^[a-z][A-Za-z0-9_]{0,63}$/;
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** `personal` names its subject and can be erased with the subject's key; `secret` is content that only the entitled may read. */
export type HiddenKind = 'personal' | 'secret';

/** `value` is whatever `canonicalJson` can write. */
export type HiddenField = { readonly name: string; readonly kind: HiddenKind; readonly value: unknown };

/** What opens one hidden field of one entry. `text` is all that has to be kept, and all that has to be destroyed. */
export type Disclosure = { readonly name: string; readonly kind: HiddenKind; readonly text: string };

export type EntryInput = {
  /** Never used for another entry: it ties the disclosures to this one. */
  readonly id: string;
  readonly type: string;
  /** UTC instant to the millisecond, as `Date.prototype.toISOString` writes it. */
  readonly at: string;
  /** Id of the entry that brought this one about. */
  readonly cause?: string;
  /** What stands in clear for ever: whatever `canonicalJson` can write, but never free text. */
  readonly open: { readonly [name: string]: unknown };
  readonly hidden: readonly HiddenField[];
  /** 16 fresh bytes of a cryptographic random source at each call. */
  readonly salt: () => Uint8Array;
};

/** An entry as it stands in its leaf. `hidden` gives the digest of each field that does not stand in clear. */
export type Entry = {
  readonly v: 1;
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly cause?: string;
  readonly open: { readonly [name: string]: Json };
  readonly hidden: { readonly [name: string]: string };
};

export type DisclosureVerdict =
  | { readonly ok: true; readonly name: string; readonly value: Json }
  | { readonly ok: false; readonly why: 'malformed' | 'no_such_field' | 'digest_differs' };

/**
 * The leaf of an entry and the disclosures of its hidden fields, in the order given. Throws `entry_invalid`, `value_invalid`, `entry_too_large` or
 * `disclosure_too_large`. The leaf never holds a hidden value: without its disclosure a field cannot be told from any other value.
 */
export function buildEntry(sha256: Hash, input: EntryInput): { leaf: Uint8Array; disclosures: Disclosure[] } {
  const { id, type, at, cause, open, hidden } = input;
  assertHead('entry_invalid', input);
  for (const name of Object.keys(open)) assertField('entry_invalid', name);
  const disclosures: Disclosure[] = [];
  const digests: { [name: string]: string } = {};
  for (const { name, kind, value } of hidden) {
    assertField('entry_invalid', name);
    if (kind !== 'personal' && kind !== 'secret') throw new LedgerError('entry_invalid', `Cannot hide field "${name}": its kind is unknown`);
    if (Object.hasOwn(open, name) || Object.hasOwn(digests, name)) throw new LedgerError('entry_invalid', `Cannot take field "${name}": it is given twice`);
    const text = discloseField(name, value, input.salt());
    disclosures.push({ name, kind, text });
    digests[name] = digestOf(sha256, id, text);
  }
  const leaf = toUtf8(canonicalJson({ v: 1, id, type, at, ...(cause === undefined ? {} : { cause }), open, hidden: digests }));
  if (leaf.length > ENTRY_MAX_BYTES) throw new LedgerError('entry_too_large', `Cannot take this entry: ${leaf.length} bytes are more than ${ENTRY_MAX_BYTES}`);
  return { leaf, disclosures };
}

function discloseField(name: string, value: unknown, salt: Uint8Array): string {
  if (salt.length !== SALT_BYTES) throw new LedgerError('entry_invalid', `Cannot hide field "${name}": a salt has ${SALT_BYTES} bytes`);
  const text = `["${toBase64Url(salt)}","${name}",${canonicalJson([value]).slice(1)}`;
  if (isTooLarge(text)) throw new LedgerError('disclosure_too_large', `Cannot hide field "${name}": it is longer than ${DISCLOSURE_MAX_BYTES} bytes`);
  return text;
}

/** Bytes are counted only where the letters do not decide: a letter takes one to three bytes. */
function isTooLarge(text: string): boolean {
  return text.length > DISCLOSURE_MAX_BYTES || (text.length * 3 > DISCLOSURE_MAX_BYTES && toUtf8(text).length > DISCLOSURE_MAX_BYTES);
}

/** Label and id stand in what is hashed, not in the disclosure: moved to another entry it gives another digest, and it costs no room. */
function digestOf(sha256: Hash, id: string, disclosure: string): string {
  return toBase64Url(sha256(toUtf8Briefly(`["${DISCLOSURE_LABEL}","${id}",${disclosure}]`)));
}

/** The entry in `leaf`. Throws `entry_malformed` for all that `buildEntry` would not have written, be it one byte. */
export function readEntry(leaf: Uint8Array): Entry {
  if (leaf.length > ENTRY_MAX_BYTES) throw malformed(`it is longer than ${ENTRY_MAX_BYTES} bytes`);
  const value = parseLeaf(leaf);
  if (!isObject(value)) throw malformed('it is not an object');
  const { v, id, type, at, cause, open, hidden, ...rest } = value;
  if (v !== 1) throw malformed('its version is unknown');
  if (Object.keys(rest).length > 0) throw malformed('it has a member that version 1 does not know');
  const head = { id, type, at, ...(Object.hasOwn(value, 'cause') ? { cause } : {}) };
  assertHead('entry_malformed', head);
  if (!isObject(open) || !isObject(hidden)) throw malformed('its fields are missing');
  for (const name of Object.keys(open)) assertField('entry_malformed', name);
  for (const [name, digest] of Object.entries(hidden)) {
    assertField('entry_malformed', name);
    if (Object.hasOwn(open, name)) throw malformed('a field is both open and hidden');
    if (typeof digest !== 'string' || fromBase64Url(digest)?.length !== DIGEST_BYTES) throw malformed('a digest is not 32 bytes in base64url');
  }
  return { v, ...head, open, hidden: hidden as { [name: string]: string } };
}

function parseLeaf(leaf: Uint8Array): Json {
  try {
    return parseCanonical(leaf);
  } catch {
    throw malformed('it is not canonical JSON');
  }
}

/**
 * Whether `disclosure` opens a hidden field of `entry`, and which. `digest_differs` also when it was made for another entry, for another field, or with
 * another salt. Never throws: disclosures come from outside.
 */
export function verifyDisclosure(sha256: Hash, entry: Entry, disclosure: string): DisclosureVerdict {
  const parts = parseDisclosure(disclosure);
  if (!parts) return { ok: false, why: 'malformed' };
  if (!Object.hasOwn(entry.hidden, parts.name)) return { ok: false, why: 'no_such_field' };
  if (digestOf(sha256, entry.id, disclosure) !== entry.hidden[parts.name]) return { ok: false, why: 'digest_differs' };
  return { ok: true, ...parts };
}

/** What `disclosure` says, unproved: for one who keeps it sealed himself. Throws `disclosure_malformed`. */
export function readDisclosure(disclosure: string): { name: string; value: Json } {
  const parts = parseDisclosure(disclosure);
  if (!parts) throw new LedgerError('disclosure_malformed', 'Cannot read this disclosure: it is not a salt, a name and a value');
  return parts;
}

function parseDisclosure(text: string): { name: string; value: Json } | undefined {
  if (isTooLarge(text)) return undefined;
  let parts: Json;
  try {
    parts = parseCanonical(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  const [salt, name, value] = parts as [Json, Json, Json];
  if (typeof salt !== 'string' || salt.length !== SALT_LETTERS || !fromBase64Url(salt)) return undefined;
  if (typeof name !== 'string' || !FIELD.test(name)) return undefined;
  return { name, value };
}

type Head = { readonly id?: unknown; readonly type?: unknown; readonly at?: unknown; readonly cause?: unknown };
type SoundHead = { readonly id: string; readonly type: string; readonly at: string; readonly cause?: string };

function assertHead(code: LedgerErrorCode, head: Head): asserts head is SoundHead {
  const { id, type, at, cause } = head;
  if (!isReference(id)) throw new LedgerError(code, 'Cannot take this entry: its id is malformed');
  if (typeof type !== 'string' || !TYPE.test(type)) throw new LedgerError(code, 'Cannot take this entry: its type is malformed');
  if (typeof at !== 'string' || !isInstant(at)) throw new LedgerError(code, 'Cannot take this entry: its instant is not UTC to the millisecond');
  if (cause !== undefined && !isReference(cause)) throw new LedgerError(code, 'Cannot take this entry: its cause is malformed');
}

function isReference(value: unknown): value is string {
  return typeof value === 'string' && REFERENCE.test(value);
}

function assertField(code: LedgerErrorCode, name: string): void {
  if (!FIELD.test(name)) throw new LedgerError(code, 'Cannot take this entry: the name of a field is malformed');
}

/** The form finds all but the 30th of February and its like; those do not come back as they were. */
function isInstant(text: string): boolean {
  if (!INSTANT.test(text)) return false;
  if (text.slice(8, 10) <= '28') return true;
  const millis = Date.parse(text);
  return Number.isFinite(millis) && new Date(millis).toISOString() === text;
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(state: string): LedgerError {
  return new LedgerError('entry_malformed', `Cannot read this entry: ${state}`);
}
