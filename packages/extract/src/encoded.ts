import { fromBase64 } from './base64.ts';
import { decodeText } from './charset.ts';
import { toBinaryText } from './bytes.ts';
import { detect, isArchive, isWeaklyKnown, mayBeMail } from './detect.ts';
import { hasMarkup, looksLikeHtml } from './html.ts';
import type { Tools } from './types.ts';
import { hasDirectory } from './zip.ts';

/** Bytes that were written as text: a file by its own frame (uuencode), or a long run of digits. */
export type EncodedRun = { readonly kind: 'uuencode' | 'base64' | 'hex'; readonly source: string; readonly name?: string };

/** What an encoded run holds: a file that a reader is there for, a text, or bytes that nobody knows, of which the printable runs are kept. */
export type Decoded = { readonly file: Uint8Array } | { readonly texts: readonly string[]; readonly isSure: boolean } | { readonly runs: string };

const MIN_DIGITS = 200;
const MIN_ESCAPES = 8;
const MAX_SEPARATORS = 8;
const ESCAPES = /\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|(?:\\x[0-9a-fA-F]{2})+|(?:%[0-9a-fA-F]{2})+/g;
const BEGIN = /^begin(-base64)? [0-7]{3,4} (.{1,255})$/gm;

/** What a character may be in a run. Looked up for every character of every text, so it is a table. */
const BASE64 = 1;
const HEX = 2;
const SEPARATOR = 4;
const CLASSES = new Uint8Array(65_536);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_') CLASSES[char.charCodeAt(0)]! |= BASE64;
for (const char of '0123456789abcdefABCDEF') CLASSES[char.charCodeAt(0)]! |= HEX;
for (const char of ' \t\r\n:,-') CLASSES[char.charCodeAt(0)]! |= SEPARATOR;
const [TAB, LINE_FEED, RETURN, SPACE, SLASH, EQUALS, GREATER, BACKSLASH, N, R] = [9, 10, 13, 32, 47, 61, 62, 92, 110, 114] as const;
const MIN_RUN = 24;

/** Whether a text holds a run that was not read before, or escapes. Linear. */
export function hasEncoded(text: string, seen: ReadonlySet<string> = new Set()): boolean {
  for (const { source } of encodedRuns(text)) if (!seen.has(source)) return true;
  return isEscaped(text);
}

/** Every encoded run of a text, one kind after the other. Linear: no place is looked at more than a few times. */
export function* encodedRuns(text: string): Generator<EncodedRun> {
  yield* uuencodedFiles(text);
  yield* hexRuns(text);
  yield* base64Runs(text);
}

/** The texts and files that an encoded run may be read as, likeliest first; the next is of use only where the one before gave no file and no sure text. */
export function* readings(run: EncodedRun): Generator<Uint8Array> {
  if (run.kind === 'uuencode') yield fromUuencode(run.source);
  else if (run.kind === 'hex') {
    const digits = run.source.replace(/[^0-9a-fA-F]/g, '');
    yield fromHex(digits);
    yield fromHex(digits.slice(1));
  } else {
    yield fromBase64(withoutBreaks(run.source));
    // Words of a text may stand before the digits, with nothing between that tells them apart.
    for (const block of blocksOf(run.source)) yield fromBase64(block);
    for (let skip = 1; skip < 4; skip++) yield fromBase64(withoutBreaks(run.source).slice(skip));
  }
}

/** What decoded bytes are. Those that nobody knows are no file: keys, hashes and fonts stand in ordinary texts. */
export function classify(bytes: Uint8Array, from: { tools: Tools; isFirst: boolean }): Decoded {
  const { tools, isFirst } = from;
  const kind = detect(bytes);
  if (hasDirectory(bytes) || mayBeMail(bytes)) return { file: bytes };
  if (kind === 'unsupported' ? isArchive(bytes) : kind !== null && !isWeaklyKnown(bytes)) return { file: bytes };
  const decoded = kind === null ? decodeText(bytes, tools) : null;
  // Digits that are read from the wrong one on give text of some old charset often enough.
  if (decoded === null || (!isFirst && !isUtf8(bytes) && !decoded.text.includes('\ufffd'))) return { runs: lettersIn(bytes) };
  if (looksLikeHtml(decoded.text) || hasMarkup(decoded.text) || decoded.text.trimStart().startsWith('<?xml')) return { file: bytes };
  return { texts: [decoded.text, ...decoded.guesses], isSure: bytes.includes(0) || isUtf8(bytes) };
}

/** Letters in bytes that nobody knows. Shorter runs than these come about by chance, in a list of a million hashes. */
function lettersIn(bytes: Uint8Array): string {
  const found: string[] = [];
  let from = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if ((byte >= 32 && byte < 127) || byte === LINE_FEED || byte === RETURN || byte === TAB) continue;
    if (at - from >= MIN_RUN) found.push(toBinaryText(bytes.subarray(from, at)));
    from = at + 1;
  }
  return found.join('\n');
}

/** Digits that are read from the wrong one on give letters too, but never UTF-8. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The text as it is without its escapes (`\u0041`, `\x41`, `%41`); null where there are but a few. */
export function withoutEscapes(text: string): string | null {
  if (!isEscaped(text)) return null;
  return text.replace(ESCAPES, (escape) => {
    if (escape.startsWith('\\u')) {
      const code = Number.parseInt(escape.replace(/[^0-9a-fA-F]/g, ''), 16);
      return code > 0xffff ? (code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)) : String.fromCharCode(code);
    }
    return new TextDecoder().decode(fromHex(escape.replace(/[\\x%]/g, '')));
  });
}

function isEscaped(text: string): boolean {
  let count = 0;
  for (const [escape] of text.matchAll(ESCAPES)) {
    count += escape.startsWith('\\u') ? 1 : escape.length / (escape.startsWith('%') ? 3 : 4);
    if (count >= MIN_ESCAPES) return true;
  }
  return false;
}

function* hexRuns(text: string): Generator<EncodedRun> {
  let from = 0;
  let digits = 0;
  let separators = 0;
  for (let at = 0; at <= text.length; at++) {
    // Behind the end there is NaN, which is of no class.
    const kind = CLASSES[text.charCodeAt(at)] ?? 0;
    if (kind & HEX) {
      if (digits++ === 0) from = at;
      separators = 0;
    } else if (digits > 0 && !(kind & SEPARATOR && digits % 2 === 0 && separators++ < MAX_SEPARATORS)) {
      if (digits >= MIN_DIGITS) yield { kind: 'hex', source: text.slice(from, at) };
      digits = 0;
      separators = 0;
    }
  }
}

function* base64Runs(text: string): Generator<EncodedRun> {
  let at = 0;
  while (at < text.length) {
    if (!(CLASSES[text.charCodeAt(at)]! & BASE64)) {
      at++;
      continue;
    }
    const end = endOfRun(text, at);
    if (end - at >= MIN_DIGITS) {
      const source = text.slice(at, end);
      if (/[^0-9a-fA-F\s]/.test(source)) yield { kind: 'base64', source };
    }
    at = end;
  }
}

/** A run goes on over the lines behind it that hold nothing else. */
function endOfRun(text: string, from: number): number {
  let end = endOfDigits(text, from);
  for (let next = nextLine(text, end); next !== -1; next = nextLine(text, end)) {
    const stop = endOfDigits(text, next);
    if (stop === next || !endsLine(text, stop)) break;
    end = stop;
  }
  return end;
}

function endsLine(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit === SPACE || unit === TAB) return nextLine(text, at) !== -1;
  return at === text.length || unit === RETURN || unit === LINE_FEED || unit === BACKSLASH || '"\'`<)'.includes(text[at]!);
}

/** Behind the digits of a line and their padding. A slash may be escaped, as in JSON. */
function endOfDigits(text: string, from: number): number {
  let at = from;
  for (;;) {
    while ((CLASSES[text.charCodeAt(at)] ?? 0) & BASE64) at++;
    if (text.charCodeAt(at) !== BACKSLASH || text.charCodeAt(at + 1) !== SLASH) break;
    at += 2;
  }
  for (let pads = 0; at > from && pads < 2 && text.charCodeAt(at) === EQUALS; pads++) at++;
  return at;
}

/** Where the next line begins, if the rest of this one is blank; a line may end as strings of source code write it. */
function nextLine(text: string, from: number): number {
  let at = from;
  let unit = text.charCodeAt(at);
  while (unit === SPACE || unit === TAB) unit = text.charCodeAt(++at);
  const before = at;
  if (unit === RETURN) unit = text.charCodeAt(++at);
  if (unit === LINE_FEED) unit = text.charCodeAt(++at);
  else if (at === before && unit === BACKSLASH) {
    if (text.charCodeAt(at + 1) === R) at += 2;
    if (text.charCodeAt(at) === BACKSLASH && text.charCodeAt(at + 1) === N) at += 2;
    unit = text.charCodeAt(at);
  }
  if (at === before) return -1;
  while (unit === SPACE || unit === TAB || unit === GREATER) unit = text.charCodeAt(++at);
  return at;
}

function withoutBreaks(source: string): string {
  return source.replace(/\\[rn]/g, '');
}

/** Runs of lines of one length, each with the shorter line that ends it, as every program writes them. */
function blocksOf(source: string): string[] {
  const lines = source.split(/\s*(?:[\r\n]|\\[rn])[\s>]*/).filter((line) => line !== '');
  if (lines.length < 2) return [];
  const blocks: string[][] = [];
  let width = -1;
  let isOpen = false;
  for (const line of lines) {
    if (!isOpen || line.length > width) {
      blocks.push([]);
      width = line.length;
    }
    blocks.at(-1)!.push(line);
    isOpen = line.length === width;
  }
  return blocks.length < 2 ? [] : blocks.map((block) => block.join('')).filter((block) => block.length >= MIN_DIGITS);
}

function* uuencodedFiles(text: string): Generator<EncodedRun> {
  if (!text.includes('begin')) return;
  const begin = new RegExp(BEGIN);
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    // What follows is base64, and found as that.
    if (match[1] !== undefined) continue;
    let from = match.index + match[0].length;
    if (text[from] === '\r') from++;
    if (text[from] === '\n') from++;
    let end = from;
    for (let stop = endOfUuLine(text, end); stop !== -1; stop = endOfUuLine(text, end)) end = stop;
    if (end > from) yield { kind: 'uuencode', source: text.slice(from, end), name: match[2]!.trim() };
    begin.lastIndex = end;
  }
}

/** Behind a line of uuencode, or -1. Blanks at its end may have been cut off, and a checksum may stand there. */
function endOfUuLine(text: string, from: number): number {
  const count = (text.charCodeAt(from) - 32) & 63;
  const digits = Math.ceil(count / 3) * 4;
  let at = from + 1;
  while (at < text.length && at - from < digits + 3 && text.charCodeAt(at) >= 32 && text.charCodeAt(at) <= 96) at++;
  const length = at - from - 1;
  const isLine = text[at] === '\n' || text[at] === '\r' || at === text.length;
  if (!isLine || from >= text.length || count === 0 || length < Math.ceil((count * 4) / 3) / 2) return -1;
  if (text[at] === '\r') at++;
  return text[at] === '\n' ? at + 1 : at;
}

function fromUuencode(source: string): Uint8Array {
  const out = new Uint8Array(source.length);
  let length = 0;
  for (const line of source.split(/\r?\n/)) {
    const count = line === '' ? 0 : (line.charCodeAt(0) - 32) & 63;
    let held = 0;
    for (let i = 0, given = 0; given < count; i++) {
      const unit = line.charCodeAt(i + 1);
      held = ((held << 6) | (Number.isNaN(unit) ? 0 : (unit - 32) & 63)) & 0xffffff;
      if (i % 4 === 0) continue;
      out[length++] = (held >> (4 - 2 * ((i % 4) - 1))) & 0xff;
      given++;
    }
  }
  return out.subarray(0, length);
}

function fromHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = nibble(digits.charCodeAt(2 * i)) * 16 + nibble(digits.charCodeAt(2 * i + 1));
  return bytes;
}

function nibble(unit: number): number {
  return unit <= 57 ? unit - 48 : (unit | 32) - 87;
}
