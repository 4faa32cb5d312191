/**
 * Seals: a MAC on rows that give power (grants, roles, credentials, outbox), under a key that the database does not have. Who edits a row by hand
 * cannot seal it again. A seal does not tell an old row put back from the newest: the sweep against the ledger does.
 *
 * HMAC-SHA-256, with a key derived for the table, over the row's columns in order of name. Each column is its name as a JSON string and its value with a tag of its
 * type, so that no two different rows read the same: s string, n number, i bigint, b bytes, d instant, t/f boolean, z null, [ ] list, { } object.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './keys.ts';

export type SealValue = string | number | bigint | boolean | null | Date | Uint8Array | readonly SealValue[] | { readonly [name: string]: SealValue };
/** The sealed columns. The id is always one: without it the seal of one row would fit on another. A table with a compound key brings them joined. */
export type SealedRow = { readonly id: string | number | bigint } & Readonly<Record<string, SealValue>>;

/**
 * Seal of a row. Give values as the database gives them back: a number and the same digits as a string do not seal alike, and of an
 * instant only milliseconds count. Throws TypeError on what has no one spelling (undefined, NaN, functions).
 */
export function sealRow(keyRing: KeyRing, table: string, row: SealedRow): Buffer {
  return createHmac('sha256', keyRing.key('seal', `rows/${table}`))
    .update(encodeRow(row))
    .digest();
}

/** Whether the row still has the seal it was given; the answer takes the same time wherever they differ. A row without a seal is not sealed. */
export function sealHolds(keyRing: KeyRing, table: string, row: SealedRow, seal: Uint8Array | null): boolean {
  if (frozen.get(keyRing)?.has(`${table} ${String(row.id)}`)) return false;
  const expected = sealRow(keyRing, table, row);
  return seal?.length === expected.length && timingSafeEqual(expected, seal);
}

/** Rows that the ledger does not know as they are, however good their seals: all that there are now. Held here, since the database may not be believed. */
const frozen = new WeakMap<KeyRing, ReadonlySet<string>>();
/** Answers which of them were not frozen before, as `table id`. */
export function freezeRows(keyRing: KeyRing, rows: readonly { readonly table: string; readonly id: string }[]): ReadonlySet<string> {
  const before = frozen.get(keyRing);
  const now = new Set(rows.map(({ table, id }) => `${table} ${id}`));
  frozen.set(keyRing, now);
  return new Set([...now].filter((row) => !before?.has(row)));
}

export function encodeRow(row: SealedRow): string {
  if (typeof row.id !== 'string' && typeof row.id !== 'number' && typeof row.id !== 'bigint') throw new TypeError('Cannot seal a row: it has no id');
  return encodeObject(row);
}

function encodeObject(object: Readonly<Record<string, SealValue>>): string {
  let text = '{';
  for (const name of Object.keys(object).sort()) text += `${JSON.stringify(name)}:${encodeValue(object[name])},`;
  return `${text}}`;
}

function encodeValue(value: SealValue | undefined): string {
  switch (typeof value) {
    case 'string':
      return `s${JSON.stringify(value)}`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value}`;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('Cannot seal a row: a number is not finite');
      return `n${value}`;
    case 'object':
      return encodeComposite(value);
    default:
      throw new TypeError(`Cannot seal a row: a value is ${typeof value}`);
  }
}

function encodeComposite(value: Exclude<SealValue, string | number | bigint | boolean>): string {
  if (value === null) return 'z';
  if (value instanceof Date) return `d${value.toISOString()}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`;
  if (Array.isArray(value)) return `[${Array.from(value as readonly SealValue[], (each) => `${encodeValue(each)},`).join('')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('Cannot seal a row: a value is an object of an unknown kind');
  return encodeObject(value as Readonly<Record<string, SealValue>>);
}
