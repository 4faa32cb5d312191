import { fromBase64 } from './base64.ts';
import { findBytes, toBinaryText } from './bytes.ts';

const SHIFT_OUT = 14;
const SHIFT_IN = 15;
const ESCAPE = 27;

/** Text of bytes in which escapes change the charset (ISO-2022), or null where there are none. Every mail reader and many an editor undo them. */
export function decodeShifted(bytes: Uint8Array): string | null {
  if (!bytes.includes(ESCAPE)) return null;
  if (findBytes(bytes, '\x1b$)C') !== -1) return unshift(bytes, 'euc-kr');
  if (findBytes(bytes, '\x1b$)A') !== -1) return unshift(bytes, 'gbk');
  if (findBytes(bytes, '\x1b$') === -1 && findBytes(bytes, '\x1b(') === -1) return null;
  return new TextDecoder('iso-2022-jp').decode(bytes);
}

/** Between "shift out" and "shift in" each byte lacks its highest bit. */
function unshift(bytes: Uint8Array, charset: string): string {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let isOut = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === SHIFT_OUT || byte === SHIFT_IN) isOut = byte === SHIFT_OUT;
    else if (byte === ESCAPE && bytes[at + 1] === 36) at += 3;
    else {
      if (byte === 10) isOut = false;
      out[length++] = isOut && byte > 32 ? byte | 0x80 : byte;
    }
  }
  return new TextDecoder(charset).decode(out.subarray(0, length));
}

/** HZ (RFC 1843): Chinese between `~{` and `~}`. */
export function decodeHz(bytes: Uint8Array): string {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let isWide = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const next = bytes[at + 1];
    if (byte === 126 && (next === 123 || next === 125 || next === 126 || next === 10)) {
      if (next === 126) out[length++] = 126;
      else if (next !== 10) isWide = next === 123;
      at++;
    } else {
      if (byte === 10) isWide = false;
      out[length++] = isWide && byte > 32 ? byte | 0x80 : byte;
    }
  }
  return new TextDecoder('gbk').decode(out.subarray(0, length));
}

/** UTF-7 (RFC 2152): UTF-16 in base64 between `+` and `-`. */
export function decodeUtf7(bytes: Uint8Array): string {
  const wide = new TextDecoder('utf-16be');
  return toBinaryText(bytes).replace(/\+([A-Za-z0-9+/]*)-?/g, (_, digits: string) => {
    const units = fromBase64(digits);
    return digits === '' ? '+' : wide.decode(units.subarray(0, units.length & ~1));
  });
}
