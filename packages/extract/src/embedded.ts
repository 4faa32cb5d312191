import { startsWith } from './bytes.ts';
import { decodeEntities } from './entities.ts';
import { fromBase64 } from './base64.ts';

/** A file that stands in the text of another. */
export type EmbeddedData = {
  readonly type: string;
  /** The letters it was written in, as they stand in the text. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /** Found where programs keep what is no document as well (fonts, tables, keys): bytes that nobody knows are no problem there. */
  readonly isLoose: boolean;
};

const ADDRESS = /^data:([^,;]{0,100})((?:;[^,;]{0,100}){0,8}),/i;
const ADDRESS_WITHIN = /(["'(]?)data:((?:[\w.+-]{1,60}\/[\w.+-]{1,60})?(?:;[\w.+="-]{1,60}){0,8}),/gi;
const FONTS = ['wOFF', 'wOF2', 'OTTO', 'true', 'ttcf', [0, 1, 0, 0, 0]] as const;
const MIN_RUN = 200;
const MIN_LINE = 40;
const DIGITS = /[A-Za-z0-9+/_-]+={0,2}/y;
const BLANKS = /\s{1,200}/y;
/** Marks of files that are so short that any bytes may begin with them. */
const WEAK_MARKS = [
  [0xff, 0x0a],
  [0x1f, 0x9d],
  [0x1f, 0xa0],
  [0x60, 0xea],
] as const;
const MAX_FILES = 20_000;

/** Whether bytes are a font, which styles carry along. */
export function isFont(bytes: Uint8Array): boolean {
  return FONTS.some((magic) => startsWith(bytes, magic)) || (bytes[34] === 0x4c && bytes[35] === 0x50 && bytes[8] === 1 && bytes[9] === 0);
}

/** The file in the value of an attribute that is a `data:` address (RFC 2397), or null. Line breaks in it are passed over, as browsers do. */
export function dataAddress(raw: string): EmbeddedData | null {
  if (!/^\s*[d&]/i.test(raw)) return null;
  const value = decodeEntities(raw).replace(/^[\0-\x20]+|[\t\n\r]+/g, '');
  const head = ADDRESS.exec(value);
  if (head === null) return null;
  return { ...decode(head[1]!, head[2]!, value.slice(head[0].length)), source: raw.slice(raw.indexOf(',') + 1), isLoose: false };
}

/** The files in `data:` addresses that stand amid other text: styles, scripts, lists of pictures. */
export function dataAddressesIn(text: string): EmbeddedData[] {
  const found: EmbeddedData[] = [];
  if (!/data:/i.test(text)) return found;
  const pattern = new RegExp(ADDRESS_WITHIN);
  for (let match = pattern.exec(text); match !== null && found.length < MAX_FILES; match = pattern.exec(text)) {
    const from = match.index + match[0].length;
    const end = endOfAddress(text, from, match[1]!);
    const head = match[2]!;
    const cut = head.indexOf(';');
    const source = text.slice(from, end);
    found.push({ ...decode(cut === -1 ? head : head.slice(0, cut), cut === -1 ? '' : head.slice(cut), source), source, isLoose: true });
    pattern.lastIndex = end;
  }
  return found;
}

/**
 * The files that stand in a text in base64, line by line or in one. Only long runs: words are of the same letters. `text`: what one element or one string
 * holds, so that nothing else stands before the first letter.
 */
export function filesInBase64(text: string): EmbeddedData[] {
  const found: EmbeddedData[] = [];
  if (text.length < MIN_RUN) return found;
  for (const source of runs(text)) {
    if (found.length >= MAX_FILES) break;
    const bytes = fromBase64(source);
    if (!WEAK_MARKS.some((mark) => startsWith(bytes, mark))) found.push({ type: '', source, bytes, isLoose: true });
  }
  return found;
}

/** Runs of digits that go on over lines: each but the last is long, as words are not. */
function* runs(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    let end = endOf(DIGITS, text, at);
    if (end === -1) {
      at++;
      continue;
    }
    const from = at;
    for (let line = at; end - line >= MIN_LINE;) {
      const next = endOf(BLANKS, text, end);
      const nextEnd = next === -1 ? -1 : endOf(DIGITS, text, next);
      if (nextEnd === -1) break;
      line = next;
      end = nextEnd;
    }
    if (end - from >= MIN_RUN) yield text.slice(from, end);
    at = end;
  }
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The files that stand in the strings of a JSON text. A string may be cut into lines, each a string of a list, as notebooks have them. */
export function filesInJson(text: string): EmbeddedData[] {
  const found: EmbeddedData[] = [];
  if (text.length < MIN_RUN || !/^\s*[[{]/.test(text)) return found;
  let run: string[] = [];
  let before = 0;
  for (let from = text.indexOf('"'); from !== -1;) {
    const end = endOfString(text, from + 1);
    if (run.length > 0 && text.slice(before, from).trim() !== ',') {
      found.push(...filesInBase64(run.join('')));
      run = [];
    }
    const raw = text.slice(from + 1, end);
    run.push(raw.includes('\\') ? raw.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, unescape) : raw);
    before = end + 1;
    from = text.indexOf('"', before);
  }
  found.push(...filesInBase64(run.join('')));
  return found;
}

function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text[first - 1] === '\\' && first > from) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

function unescape(_: string, hex: string | undefined, letter: string | undefined): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return letter === 'n' || letter === 'r' || letter === 't' ? '\n' : letter!;
}

function endOfAddress(text: string, from: number, opening: string): number {
  const stop = opening === '(' ? ')' : opening;
  const end = stop === '' ? text.slice(from).search(/[\s"'<>)]/) : text.slice(from).indexOf(stop);
  return end === -1 ? text.length : from + end;
}

function decode(type: string, parameters: string, body: string): { type: string; bytes: Uint8Array } {
  const isBase64 = /;\s*base64\s*$/i.test(parameters);
  // Letters beyond ASCII stand for themselves, in UTF-8.
  const bytes = percentDecoded(new TextEncoder().encode(body));
  return { type: type.trim().toLowerCase(), bytes: isBase64 ? fromBase64(bytes) : bytes };
}

function percentDecoded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const digits = bytes[i] === 37 && i + 2 < bytes.length ? String.fromCharCode(bytes[i + 1]!, bytes[i + 2]!) : '';
    const isCode = /^[0-9a-f]{2}$/i.test(digits);
    out[length++] = isCode ? Number.parseInt(digits, 16) : bytes[i]!;
    if (isCode) i += 2;
  }
  return out.subarray(0, length);
}
