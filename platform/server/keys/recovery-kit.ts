/**
 * The recovery kit: the root key on paper.
 *
 * Four lines K1 to K4 hold eight bytes each, as 13 characters of Crockford's base 32 and two of check. The check is a Reed-Solomon code over GF(32)
 * on the line's number and its characters: any one or two wrong characters of a line, two swapped ones and two swapped lines are found for certain,
 * and the line is named. The key id, derived from the key, says in the end that it is this key.
 */
import { base32Text, fromBase32, packBase32, readable, toBase32 } from './base32.ts';
import { KeyError } from './error.ts';
import { ROOT_KEY_BYTES, exportRootKey, toRootKey } from './root.ts';
import type { RootKey } from './root.ts';

const LINES = 4;
const LINE_BYTES = ROOT_KEY_BYTES / LINES;
const LINE_CHARACTERS = 13;
const CHECK_CHARACTERS = 2;

/** A page to print. Whoever holds it and a backup can read everything. */
export function writeRecoveryKit(root: RootKey, about: { readonly organisation: string; readonly createdAt: Date }): string {
  const bytes = exportRootKey(root);
  const lines = Array.from({ length: LINES }, (_, i) => `    K${i + 1}   ${keyLine(i + 1, bytes.subarray(i * LINE_BYTES, (i + 1) * LINE_BYTES))}`);
  bytes.fill(0);
  return `UNDERSEAL RECOVERY KIT

Organisation  ${oneLine(about.organisation)}
Made on       ${about.createdAt.toISOString().slice(0, 10)}
Key id        ${root.id}

This page is the root key of your Underseal. Together with a backup it opens
everything: every document, every title, every record. Without it no backup
can be opened, by nobody, not even by those who made the program.

${lines.join('\n')}

Keep it on paper, in a sealed envelope, in a safe that is not in the same
building as the backups. Do not photograph, scan or mail it. Write down who
may take it out, and let two people be present when it is.

To use it, type the lines K1 to K4 into a file, and run in the folder of the
program on the machine of the server:

npx underseal restore BACKUP --kit FILE
npx underseal restore-key --kit FILE

The first brings a backup back, the second a lost root key where all else is
whole. Capital or small letters and spaces do not matter; 0 and O are the
same, and so are 1, I and L. The last two characters of each line are a check:
a line with a typing error is named.
`;
}

/** The root key's bytes, for the caller to zero or to hand to `createKeyfile`. Throws `kit_damaged`, naming the lines that are wrong. */
export function readRecoveryKit(text: string): Buffer {
  const found = findLines(text);
  const parts: Buffer[] = [];
  const wrong: string[] = [];
  for (let number = 1; number <= LINES; number++) {
    const candidates = found.get(number) ?? [];
    const part = candidates.length === 1 ? readKeyLine(number, candidates[0]!) : undefined;
    if (part) parts.push(part);
    else wrong.push(`K${number}`);
  }
  if (wrong.length > 0) throw new KeyError('kit_damaged', `Cannot read the recovery kit: line ${wrong.join(', ')} is missing, double or mistyped`);
  const key = Buffer.concat(parts);
  for (const part of parts) part.fill(0);
  assertKeyId(text, key);
  return key;
}

function assertKeyId(text: string, key: Buffer): void {
  const printed = /^\W*key\s*id\b(.*)$/im.exec(text)?.[1];
  if (printed === undefined) return;
  const root = toRootKey(Buffer.from(key));
  root.close();
  if (spelling(printed) === spelling(root.id)) return;
  key.fill(0);
  throw new KeyError('kit_damaged', 'Cannot read the recovery kit: line "Key id" is mistyped, or belongs to another key');
}

function findLines(text: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of text.split(/[\r\n\v\f\u0085\u2028\u2029]+/)) {
    const [, number, characters] = /^\W*K\s?([\dILil])\b[\s:.)-]*(.*)$/i.exec(line) ?? [];
    if (number === undefined || characters === undefined) continue;
    const key = Number(readable(number));
    found.set(key, [...(found.get(key) ?? []), characters]);
  }
  return found;
}

function keyLine(number: number, bytes: Uint8Array): string {
  const values = fromBase32(toBase32(bytes))!;
  const text = base32Text([...values, ...checkOf(number, values)]);
  return text.replaceAll(/.{5}(?=.)/g, '$& ');
}

function readKeyLine(number: number, characters: string): Buffer | undefined {
  const values = fromBase32(characters.replaceAll(/[\s-]/g, ''));
  if (values?.length !== LINE_CHARACTERS + CHECK_CHARACTERS) return undefined;
  const data = values.slice(0, LINE_CHARACTERS);
  const check = checkOf(number, data);
  const holds = check.every((value, i) => value === values[LINE_CHARACTERS + i]);
  return holds ? packBase32(data, LINE_BYTES) : undefined;
}

/** Sum, and sum with the i-th term times x^(i+1), over GF(32): two check symbols, so that fewer than three wrong ones never cancel out. */
function checkOf(number: number, data: readonly number[]): readonly [number, number] {
  let sum = 0;
  let weighted = 0;
  for (const value of [number, ...data]) {
    sum ^= value;
    weighted = timesX(weighted ^ value);
  }
  return [sum, weighted];
}

/** Times x in GF(32), modulo x^5 + x^2 + 1. */
function timesX(value: number): number {
  return value < 16 ? value << 1 : ((value << 1) & 31) ^ 0b00101;
}

function spelling(id: string): string {
  return readable(id).replaceAll(/[^0-9A-Z]/g, '');
}

/** The name comes from outside: it must not be able to add a line to the kit. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200);
}
