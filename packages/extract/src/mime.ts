import { fromBase64 } from './base64.ts';
import { decodeAs } from './charset.ts';

export type Header = { readonly name: string; readonly value: string };
export type Fields = { readonly value: string; readonly parameters: ReadonlyMap<string, string> };

/** Splits a block of header lines, unfolded, encoded words decoded. Lines that are no header stay, under an empty name. */
export function parseHeaders(block: string): Header[] {
  return block
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      if (colon <= 0 || colon > 100) return { name: '', value: decodeWords(line) };
      return { name: line.slice(0, colon).trim().toLowerCase(), value: decodeWords(line.slice(colon + 1).trim()) };
    });
}

/** Encoded words of RFC 2047. Words that follow each other belong together: a character may be cut between them. */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  const joined = text.replace(/\?=[ \t]{1,100}=\?/g, '?==?');
  let last = { charset: '', bytes: new Uint8Array(0) };
  let out = '';
  let from = 0;
  for (const match of joined.matchAll(/=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\?=/g)) {
    const charset = match[1]!.split('*')[0]!;
    const bytes = /b/i.test(match[2]!) ? fromBase64(match[3]!) : fromQuotedPrintable(toBytes(match[3]!.replace(/_/g, ' ')));
    if (match.index === from && last.charset === charset) last = { charset, bytes: concat(last.bytes, bytes) };
    else {
      out += decodeWord(last) + joined.slice(from, match.index);
      last = { charset, bytes };
    }
    from = match.index + match[0].length;
  }
  return out + decodeWord(last) + joined.slice(from);
}

function decodeWord(word: { charset: string; bytes: Uint8Array }): string {
  if (word.bytes.length === 0) return '';
  return decodeAs(word.charset, word.bytes) ?? decodeAs('utf-8', word.bytes) ?? '';
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Value and parameters of a structured header, with the continuations and charsets of RFC 2231. */
export function parseFields(header: string): Fields {
  const semicolon = header.indexOf(';');
  const value = (semicolon === -1 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  const parts = new Map<string, string[]>();
  if (semicolon !== -1) {
    const pattern = /([^\s=;"]{1,100})\s{0,20}=\s{0,20}(?:"((?:[^"\\]|\\.)*)"?|([^;\s]*))/g;
    for (const match of header.slice(semicolon).matchAll(pattern)) {
      const [name, index] = match[1]!.toLowerCase().split('*');
      const raw = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '';
      const piece = match[1]!.endsWith('*') ? decodePercent(raw) : raw;
      const list = parts.get(name!) ?? [];
      const at = Number(index);
      if (index && Number.isInteger(at) && at < 100) list[at] = piece;
      else list[0] ??= piece;
      parts.set(name!, list);
    }
  }
  return { value, parameters: new Map([...parts].map(([name, list]) => [name, list.join('')])) };
}

function decodePercent(raw: string): string {
  const match = /^([^']{0,60})'[^']{0,60}'([^]*)$/.exec(raw);
  const bytes: number[] = [];
  const text = match ? match[2]! : raw;
  for (let i = 0; i < text.length; i++) {
    const code = text[i] === '%' ? Number.parseInt(text.slice(i + 1, i + 3), 16) : Number.NaN;
    if (Number.isNaN(code)) bytes.push(text.charCodeAt(i) & 0xff);
    else {
      bytes.push(code);
      i += 2;
    }
  }
  return decodeAs(match?.[1] || 'utf-8', Uint8Array.from(bytes)) ?? text;
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff);
}

/** Bytes of quoted-printable. A `=` that encodes nothing stays. */
export function fromQuotedPrintable(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i]!;
    if (byte !== 61) {
      out[length++] = byte;
      continue;
    }
    let end = i + 1;
    while (source[end] === 32 || source[end] === 9) end++;
    if (source[end] === 13 && source[end + 1] === 10) i = end + 1;
    else if (source[end] === 10) i = end;
    else {
      const high = hexDigit(source[i + 1]);
      const low = hexDigit(source[i + 2]);
      if (high < 0 || low < 0) out[length++] = byte;
      else {
        out[length++] = high * 16 + low;
        i += 2;
      }
    }
  }
  return out.subarray(0, length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
