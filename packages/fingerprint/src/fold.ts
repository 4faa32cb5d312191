import { confusables } from './confusables.ts';

const UNKNOWN = 0;
const DROPPED = 1;
/** Folds to one code point: the value less 2. */
const SINGLE = 2;
/** Folds to several: the rest of the value is an index of `several`. */
const SEVERAL = 0x200000;

/** Letters end with plane 3: above are tags, selectors and private use. */
const TABLE_SIZE = 0x40000;
const KEPT = /[\p{L}\p{N}]/u;
const MARKS = /\p{M}/gu;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{M}\u02b9-\u02ff]/u;
const DIGIT = /\p{Nd}/u;

/** Lower-case letter or digit of an ASCII character, or 0. */
const ascii = new Uint8Array(128);
for (let c = 48; c < 58; c++) ascii[c] = c;
for (let c = 97; c < 123; c++) ascii[c] = ascii[c - 32] = c;

/** Filled as characters are met: folding each costs a microsecond, and no text uses them all. */
const folded = new Int32Array(TABLE_SIZE);
const several: number[][] = [];

/** Room that one character needs at most: NFKC gives up to 18 characters of 4 bytes. */
const CHARACTER_MAX = 72;
const CHUNK = 32_768;

/** The folded bytes of a stretch of text, and where in the text each comes from. */
export type Fold = { readonly code: Uint8Array; readonly at: Int32Array; readonly view: DataView; length: number; next: number };

/** Empty room for `foldInto`, for the folded bytes of about 32,000 characters at a time. */
export function emptyFold(): Fold {
  const code = new Uint8Array(CHUNK + 2 * CHARACTER_MAX);
  return { code, at: new Int32Array(code.length), view: new DataView(code.buffer), length: 0, next: 0 };
}

/** Folds `text` from `fold.next` on, behind what `fold` holds already, until the text ends or the room is full. */
export function foldInto(fold: Fold, text: string): void {
  const { code, at } = fold;
  const total = text.length;
  let n = fold.length | 0;
  let i = fold.next | 0;
  let end = Math.min(total, i + CHUNK - n);
  while (i < end) {
    const c = text.charCodeAt(i);
    if (c < 128) {
      // No branch on what is kept: a separator is written, then overwritten.
      const kept = ascii[c]!;
      code[n] = kept;
      at[n] = i;
      n = (n + ((kept + 255) >> 8)) | 0;
      i = (i + 1) | 0;
      continue;
    }
    const units = unitsAt(text, i);
    const cp = units === 0 ? 0 : characterAt(text, i, units);
    const to = cp < TABLE_SIZE ? folded[cp]! || learn(cp) : DROPPED;
    if (to !== DROPPED) {
      const start = n;
      if (to < SEVERAL) n = putUtf8(code, n, to - SINGLE);
      else for (const one of several[to - SEVERAL]!) n = putUtf8(code, n, one);
      for (let j = start; j < n; j++) at[j] = i;
    }
    i = (i + Math.max(units, 1)) | 0;
    end = Math.min(total, i + CHUNK - n);
  }
  fold.length = n;
  fold.next = i;
}

/** UTF-16 units of the character at `i`: two for a pair, as many as its letters for a syllable of loose Hangul letters, none for a lone surrogate. */
export function unitsAt(text: string, i: number): number {
  const c = text.charCodeAt(i);
  if (c < 0x1100) return 1;
  if (c < 0x1113) {
    if (!between(text.charCodeAt(i + 1), 0x1161, 0x1175)) return 1;
    return between(text.charCodeAt(i + 2), 0x11a8, 0x11c2) ? 3 : 2;
  }
  if (c < 0xd800 || c > 0xdfff) return 1;
  return c < 0xdc00 && between(text.charCodeAt(i + 1), 0xdc00, 0xdfff) ? 2 : 0;
}

function characterAt(text: string, i: number, units: number): number {
  const c = text.charCodeAt(i);
  if (units === 1) return c;
  if (c >= 0xd800) return ((c - 0xd800) << 10) + text.charCodeAt(i + 1) - 0xdc00 + 0x10000;
  // Composed by the arithmetic of the Unicode standard, 3.12: a decomposed Korean text is the same text.
  const syllable = 0xac00 + ((c - 0x1100) * 21 + text.charCodeAt(i + 1) - 0x1161) * 28;
  return units === 3 ? syllable + text.charCodeAt(i + 2) - 0x11a7 : syllable;
}

function between(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function putUtf8(code: Uint8Array, at: number, cp: number): number {
  if (cp < 0x80) {
    code[at] = cp;
    return at + 1;
  }
  if (cp < 0x800) {
    code[at] = 0xc0 | (cp >> 6);
    code[at + 1] = 0x80 | (cp & 63);
    return at + 2;
  }
  if (cp < 0x10000) {
    code[at] = 0xe0 | (cp >> 12);
    code[at + 1] = 0x80 | ((cp >> 6) & 63);
    code[at + 2] = 0x80 | (cp & 63);
    return at + 3;
  }
  code[at] = 0xf0 | (cp >> 18);
  code[at + 1] = 0x80 | ((cp >> 12) & 63);
  code[at + 2] = 0x80 | ((cp >> 6) & 63);
  code[at + 3] = 0x80 | (cp & 63);
  return at + 4;
}

function learn(cp: number): number {
  const to = Array.from(foldCharacter(cp), (c) => c.codePointAt(0)!);
  let value = DROPPED;
  if (to.length === 1) value = to[0]! + SINGLE;
  if (to.length > 1) value = SEVERAL + several.push(to) - 1;
  if (value !== UNKNOWN) folded[cp] = value;
  return value;
}

/**
 * NFKC; if that is ASCII, stop (TR39 knows `m` as `rn`, which would undo what NFKC has mended); else lower case, strip marks, look-alikes.
 * Look-alikes come after the lower case because the table is closed under case.
 */
function foldCharacter(cp: number): string {
  const character = String.fromCodePoint(cp);
  if (INVISIBLE.test(character)) return '';
  const compatible = character.normalize('NFKC');
  let out = '';
  // Marks go before the case is folded as well: the capital of a letter with iota below is two letters.
  for (const c of withoutMarks(foldCase(withoutMarks(compatible)))) {
    const plain = c < '\x80' ? undefined : confusables.get(c);
    if (plain !== undefined) out += plain;
    else if (DIGIT.test(c)) out += digitOf(c);
    else if (KEPT.test(c) && !INVISIBLE.test(c)) out += c;
  }
  // Only Hangul can be recomposed here, the marks being gone.
  return out.normalize('NFC');
}

function withoutMarks(text: string): string {
  return text.normalize('NFD').replace(MARKS, '');
}

/** Through the capital, so that letters with two small forms (sigma, sharp s) end as one. Letter by letter: a final sigma depends on its neighbours. */
function foldCase(text: string): string {
  return Array.from(text, (c) => c.toLowerCase().toUpperCase().toLowerCase()).join('');
}

/** Decimal digits stand in Unicode in runs that begin at nought. */
function digitOf(c: string): string {
  const cp = c.codePointAt(0)!;
  let start = cp;
  while (start > 0 && DIGIT.test(String.fromCodePoint(start - 1))) start--;
  return String((cp - start) % 10);
}

/** The folded text itself, and for each of its bytes the UTF-16 offset it comes from. For tests and for looking; scanning never holds it whole. */
export function foldText(text: string): { bytes: Uint8Array; offsets: Int32Array } {
  const fold = emptyFold();
  const bytes: number[] = [];
  const offsets: number[] = [];
  while (fold.next < text.length) {
    fold.length = 0;
    foldInto(fold, text);
    for (let i = 0; i < fold.length; i++) {
      bytes.push(fold.code[i]!);
      offsets.push(fold.at[i]!);
    }
  }
  return { bytes: Uint8Array.from(bytes), offsets: Int32Array.from(offsets) };
}
