import { startsWith } from './bytes.ts';
import { decodeHz, decodeShifted, decodeUtf7 } from './shifted.ts';
import type { Tools } from './types.ts';

export type Decoded = {
  text: string;
  /** The same bytes under the next likely charsets, when it is not sure which one was meant. */
  guesses: string[];
  /** False when no charset fits well: what was read may be gibberish. */
  certain: boolean;
};

const SAMPLE = 64 * 1024;
const SURE = 60;
const POOR = 12;
const MAX_GUESSES = 3;
/** Charsets in which no letter has the byte that it has in all others. */
const EBCDIC =
  /ebcdic|^\s*(?:x-)?(?:ibm|cp|ccsid)-?0*(?:37|273|277|278|280|284|285|290|297|420|423|424|500|870|871|875|880|905|918|924|930|93[3579]|1025|1026|1047|114\d)\b/i;

/** Text of bytes that may be text, or null for binary bytes. Never throws: a broken charset gives replacement characters or a guess. */
export function decodeText(bytes: Uint8Array, tools: Tools, declared?: string): Decoded | null {
  const decoded = decodeByBytes(bytes, tools, declared);
  const shifted = decoded === null ? null : decodeShifted(bytes);
  if (decoded && shifted !== null && !decoded.guesses.includes(shifted)) decoded.guesses.push(shifted);
  if (decoded && declared !== undefined && EBCDIC.test(declared)) decoded.certain = false;
  return decoded;
}

function decodeByBytes(bytes: Uint8Array, tools: Tools, declared?: string): Decoded | null {
  const marked = decodeByMark(bytes);
  if (marked) return marked;
  const utf8 = decodeStrictly('utf-8', bytes);
  const wide = decodeWide(bytes, utf8);
  if (wide) return wide;
  const isAsDeclared = declared === undefined || (utf8 !== null && /^\s*(?:utf-?8|us-ascii|ascii)\s*$/i.test(declared));
  const declaredText = isAsDeclared ? null : decodeAs(declared, bytes);
  if (utf8 !== null) return withDeclared(utf8, declaredText);
  if (isBinary(bytes)) return null;
  const almost = almostUtf8(bytes);
  if (almost !== null) return withDeclared(almost, declaredText);
  return guess(bytes, tools, declaredText);
}

/** A declaration that disagrees with what the bytes plainly are may be a trick: read it both ways. */
function withDeclared(text: string, declaredText: string | null): Decoded {
  return { text, guesses: declaredText !== null && declaredText !== text ? [declaredText] : [], certain: true };
}

function guess(bytes: Uint8Array, tools: Tools, declaredText: string | null): Decoded {
  const ranked = tools.guessCharsets(bytes.subarray(0, SAMPLE));
  const texts: string[] = declaredText === null ? [] : [declaredText];
  const sure = declaredText !== null || (ranked[0]?.confidence ?? 0) >= SURE;
  for (const { charset, confidence } of ranked) {
    if (texts.length > (sure ? 0 : MAX_GUESSES) || confidence < POOR) break;
    const text = decodeAs(charset, bytes);
    if (text !== null && !texts.includes(text)) texts.push(text);
  }
  const western = decodeAs('windows-1252', bytes) ?? '';
  if (texts.length === 0) texts.push(western);
  const certain = declaredText !== null || (ranked[0]?.confidence ?? 0) >= POOR;
  return { text: texts[0]!, guesses: texts.slice(1), certain };
}

function decodeByMark(bytes: Uint8Array): Decoded | null {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) {
    const text = decodeStrictly('utf-8', bytes);
    return text === null ? null : sure(text);
  }
  if (startsWith(bytes, [0xff, 0xfe, 0, 0])) return sure(decodeUtf32(bytes.subarray(4), true));
  if (startsWith(bytes, [0, 0, 0xfe, 0xff])) return sure(decodeUtf32(bytes.subarray(4), false));
  if (startsWith(bytes, [0xff, 0xfe])) return sure(new TextDecoder('utf-16le').decode(bytes));
  if (startsWith(bytes, [0xfe, 0xff])) return sure(new TextDecoder('utf-16be').decode(bytes));
  return null;
}

function sure(text: string): Decoded {
  return { text, guesses: [], certain: true };
}

/** UTF-16 or UTF-32 without a mark, known by where its zeros stand, or (for scripts without zeros) by the blocks its units lie in. */
function decodeWide(bytes: Uint8Array, utf8: string | null): Decoded | null {
  // Text of any of these scripts that is UTF-8 as well has zeros: no zero, no need to look.
  if (bytes.length < 4 || (utf8 !== null && !bytes.includes(0))) return null;
  const zeros = [0, 0, 0, 0];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros[i & 3]!++;
  const quarter = bytes.length / 4;
  const [a, b, c, d] = zeros.map((count) => count / quarter) as [number, number, number, number];
  if (c > 0.95 && d > 0.95 && a < 0.2) return alsoNarrow(decodeUtf32(bytes, true), utf8);
  if (a > 0.95 && b > 0.95 && d < 0.2) return alsoNarrow(decodeUtf32(bytes, false), utf8);
  if (b + d > 0.5 && a + c < 0.1) return alsoNarrow(new TextDecoder('utf-16le').decode(bytes), utf8);
  if (a + c > 0.5 && b + d < 0.1) return alsoNarrow(new TextDecoder('utf-16be').decode(bytes), utf8);
  if (bytes.length % 2 !== 0 || utf8 !== null) return null;
  for (const charset of ['utf-16le', 'utf-16be']) {
    const text = decodeStrictly(charset, bytes);
    if (text !== null && inCommonBlocks(text)) return sure(text);
  }
  return null;
}

function alsoNarrow(text: string, utf8: string | null): Decoded {
  return { text, guesses: utf8 === null ? [] : [utf8], certain: true };
}

/** Whether nearly all of a text lies in one script's blocks, as real text does and misread bytes do not. */
function inCommonBlocks(text: string): boolean {
  const blocks = new Map<number, number>();
  let plain = 0;
  const length = Math.min(text.length, SAMPLE);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80 || (unit >= 0x3000 && unit < 0x3100) || (unit >= 0xff00 && unit < 0xfff0)) plain++;
    else {
      const block = unit >= 0x4e00 && unit < 0xa000 ? 0x4e : unit >= 0xac00 && unit < 0xd7a4 ? 0xac : unit >> 8;
      blocks.set(block, (blocks.get(block) ?? 0) + 1);
    }
  }
  const largest = Math.max(0, ...blocks.values());
  return plain > 0 && largest + plain >= 0.95 * length;
}

function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    const code = littleEndian ? a | (b << 8) | (c << 16) | (d << 24) : d | (c << 8) | (b << 16) | (a << 24);
    piece += codePoint(code);
    if (piece.length > 8192) {
      pieces.push(piece);
      piece = '';
    }
  }
  pieces.push(piece);
  return pieces.join('');
}

/** The character of a number from a hostile source: never throws. */
export function codePoint(code: number): string {
  if (!Number.isInteger(code) || code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '\ufffd';
  return String.fromCodePoint(code);
}

function decodeStrictly(charset: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
const MAX_DECODERS = 64;

/** Runs of a document are decoded one by one: to make a decoder for each takes longer than to decode it. Throws for a charset that there is not. */
function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  const known = decoders.get(charset);
  if (known) return known;
  const decoder = new TextDecoder(charset.trim());
  if (decoders.size < MAX_DECODERS) decoders.set(charset, decoder);
  return decoder;
}

/** Text under a charset that somebody else named; null if there is no such charset. */
export function decodeAs(charset: string, bytes: Uint8Array): string | null {
  if (/^\s*(?:x-)?(?:unicode-1-1-|csunicode11)?utf-?7\s*$/i.test(charset)) return decodeUtf7(bytes);
  if (/^\s*hz(?:-gb-?2312)?\s*$/i.test(charset)) return decodeHz(bytes);
  if (/^\s*(?:cs)?iso-?2022-?(?:kr|cn|cn-ext)\s*$/i.test(charset)) return decodeShifted(bytes);
  try {
    return decoderOf(charset).decode(bytes);
  } catch {
    return null;
  }
}

/** UTF-8 with a few broken places, among many whole sequences; or cut at the end. */
function almostUtf8(bytes: Uint8Array): string | null {
  const tail = bytes.length - incompleteTail(bytes);
  if (tail < bytes.length) {
    const text = decodeStrictly('utf-8', bytes.subarray(0, tail));
    if (text !== null) return `${text}\ufffd`;
  }
  const text = new TextDecoder('utf-8').decode(bytes);
  let broken = 0;
  let wide = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd) broken++;
    else if (unit > 127) wide++;
  }
  return broken * 4 <= wide ? text : null;
}

function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/** More than one control character in fifty is no text in any 8-bit charset. */
function isBinary(bytes: Uint8Array): boolean {
  let controls = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 32 ? byte < 9 || (byte > 13 && byte !== 26 && byte !== 27) : byte === 127) controls++;
  }
  return controls * 50 > bytes.length;
}
