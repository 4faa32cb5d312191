import { startsWith } from './bytes.ts';

const CONSTRUCTED = 0x20;
const OCTETS = 4;
const MAX_DEPTH = 24;
/** 1.2.840.113549.1.7.2, signedData. */
const SIGNED_DATA = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

type Value = { readonly tag: number; readonly from: number; readonly to: number; readonly end: number };

/**
 * Whether bytes are a signature (CMS, RFC 5652) of something else, and nothing but that: one ASN.1 value that ends where they end, of the type signedData, without
 * the content that was signed. Mail programs write lengths in both ways that BER has.
 */
export function isDetachedSignature(bytes: Uint8Array): boolean {
  const outer = readValue(bytes, 0, 0);
  if (outer === null || outer.end !== bytes.length || outer.tag !== 0x30 || !startsWith(bytes, SIGNED_DATA, outer.from)) return false;
  const wrapped = readValue(bytes, outer.from + SIGNED_DATA.length, 0);
  const signed = wrapped?.tag === 0xa0 ? readValue(bytes, wrapped.from, 0) : null;
  if (signed === null || signed.tag !== 0x30) return false;
  const version = readValue(bytes, signed.from, 0);
  const digests = version && readValue(bytes, version.end, 0);
  const content = digests && readValue(bytes, digests.end, 0);
  const type = content && readValue(bytes, content.from, 0);
  return content?.tag === 0x30 && type?.tag === 6 && type.end === content.to;
}

/** One value and all values in it; null if they do not fit. Text strings and octets are looked into no further. */
function readValue(bytes: Uint8Array, at: number, depth: number): Value | null {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined || (tag & 31) === 31 || depth > MAX_DEPTH) return null;
  if (short === 0x80) return (tag & CONSTRUCTED) === 0 ? null : readOpen(bytes, { tag, from: at + 2 }, depth);
  const wide = short < 0x80 ? 0 : short & 0x7f;
  if (wide > OCTETS) return null;
  let length = wide === 0 ? short : 0;
  for (let i = 0; i < wide; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + wide;
  const to = from + length;
  if (to > bytes.length) return null;
  if ((tag & CONSTRUCTED) !== 0) {
    let inner = from;
    while (inner < to) {
      const value = readValue(bytes, inner, depth + 1);
      if (value === null) return null;
      inner = value.end;
    }
    if (inner !== to) return null;
  }
  return { tag, from, to, end: to };
}

/** A value of no given length: it ends at two zeros. */
function readOpen(bytes: Uint8Array, value: { tag: number; from: number }, depth: number): Value | null {
  let at = value.from;
  while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
    const inner = readValue(bytes, at, depth + 1);
    if (inner === null) return null;
    at = inner.end;
  }
  return { ...value, to: at, end: at + 2 };
}
