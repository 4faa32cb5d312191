import { fromUtf8 } from './bytes.ts';
import { LedgerError } from './errors.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const DEPTH_MAX = 64;
// What stands in JSON as it is. Nearly all names and texts of an entry are of this kind, and need not be looked through twice.
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * The one text of `value` under RFC 8785 (JCS): members sorted by UTF-16 code units, no spaces, numbers as ECMAScript writes them.
 * Throws `value_invalid` for what JSON cannot say without loss: a number that is not finite, a lone surrogate, undefined, a hole, a function, a bigint,
 * an object that is not plain, a symbol as a name, more than 64 levels (so also a cycle).
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw invalid('a number is not finite');
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= DEPTH_MAX) throw invalid(`it is nested deeper than ${DEPTH_MAX} levels`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw invalid('it holds what JSON has no form for');
  }
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + write(items[i], depth);
  return `${text}]`;
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw invalid('an object is not plain');
  if (Object.getOwnPropertySymbols(object).length > 0) throw invalid('a name is a symbol');
  // The default order of sort() is that of UTF-16 code units, as RFC 8785 3.2.3 wants.
  const names = Object.keys(object).sort();
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    text += `${(i === 0 ? '' : ',') + quote(name)}:${write((object as Record<string, unknown>)[name], depth)}`;
  }
  return `${text}}`;
}

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw invalid('a text holds a lone surrogate');
  return JSON.stringify(text);
}

function invalid(state: string): LedgerError {
  return new LedgerError('value_invalid', `Cannot write canonical JSON: ${state}`);
}

/**
 * The value of `input`, when it is canonical to the last byte. Throws `not_canonical` otherwise: so a name given twice, another order, a space,
 * another spelling of a number, a byte order mark and bytes that are not UTF-8 are all refused, and equal values always have equal bytes.
 */
export function parseCanonical(input: string | Uint8Array): Json {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  if (text !== undefined) {
    try {
      const value = JSON.parse(text) as Json;
      if (canonicalJson(value) === text) return value;
    } catch {
      // JSON.parse quotes what it read, and that may be a secret: its own words must not travel on.
    }
  }
  throw new LedgerError('not_canonical', 'Cannot read this JSON: it is not in canonical form');
}
