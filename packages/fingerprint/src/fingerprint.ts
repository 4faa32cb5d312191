import { GRAM, WIDE_ABOVE, WIDE_WINDOW, WINDOW } from './constants.ts';
import { FingerprintError } from './errors.ts';
import { emptyFold, foldInto, unitsAt } from './fold.ts';
import { encipher, type FingerprintKey } from './key.ts';
import { chooseGrams, rankGrams } from './winnow.ts';

/** The fingerprints of one text, in the order of the text, as columns. Keyed: without the key they say nothing of the text. */
export type Prints = {
  readonly keyId: string;
  readonly window: number;
  /** UTF-16 units of the text. */
  readonly characters: number;
  /** Bytes of the folded text. */
  readonly folded: number;
  readonly count: number;
  /** The identity of each gram: first and second 32 bits of its CBC-MAC, little-endian. */
  readonly high: Int32Array;
  readonly low: Int32Array;
  /** Where each gram begins in the folded text, and from where to where it goes in the text itself, in UTF-16 units. */
  readonly at: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
};

/** `too_short`: fewer than 32 folded bytes. `too_uniform`: nothing but repetition of one to four bytes. */
export type Fingerprinted =
  | { readonly ok: true; readonly prints: Prints }
  | { readonly ok: false; readonly why: 'too_short' | 'too_uniform'; readonly folded: number };

/** Longest text, in UTF-16 units: offsets stay small integers. */
const CHARACTERS_MAX = 0x1fffffff;

const fold = emptyFold();
const ranks = new Int32Array(fold.code.length);
const chosen = new Int32Array(fold.code.length);
let blocks = new Int32Array(16_384);

/** Fingerprints a text for registration. Never throws for what the text holds; answers why when it cannot be fingerprinted. */
export function fingerprint(text: string, key: FingerprintKey): Fingerprinted {
  const prints = takePrints(text, key, WINDOW);
  if (prints.folded < GRAM) return { ok: false, why: 'too_short', folded: prints.folded };
  if (prints.count === 0) return { ok: false, why: 'too_uniform', folded: prints.folded };
  return { ok: true, prints };
}

/** The window with which a text of so many UTF-16 units is scanned. */
export function scanWindow(characters: number): number {
  return characters > WIDE_ABOVE ? WIDE_WINDOW : WINDOW;
}

/** Fold, rank, choose, encipher: a stretch at a time, so that memory stays in the cache and a long text costs no more a byte than a short one. */
export function takePrints(text: string, key: FingerprintKey, window: number): Prints {
  if (text.length > CHARACTERS_MAX) throw new FingerprintError('input_too_large', 'Cannot fingerprint text: it is too long');
  const columns = new Columns(Math.ceil((text.length / window) * 2.2) + 16);
  let base = 0;
  let last = -1;
  fold.length = 0;
  fold.next = 0;
  do {
    foldInto(fold, text);
    const grams = fold.length - GRAM + 1;
    const whole = base === 0 && fold.next >= text.length;
    if (grams < 1 || (grams < window && !whole)) continue;
    rankGrams(fold.code, fold.length, key.selection, ranks);
    let count = chooseGrams(fold.code, ranks, grams, window, chosen);
    // The first window of a stretch may choose what the last one before it chose.
    const skip = count > 0 && base + chosen[0]! === last ? 1 : 0;
    if (count > 0) last = base + chosen[count - 1]!;
    columns.reserve(count);
    for (let i = skip; i < count; i++) {
      const gram = chosen[i]!;
      const end = fold.at[gram + GRAM - 1]!;
      columns.place(base + gram, fold.at[gram]!, end + unitsAt(text, end));
    }
    identify(key, skip, count, columns);
    base += keepFrom(Math.max(0, grams - window + 1));
  } while (fold.next < text.length);
  const folded = base + fold.length;
  // What stays behind between calls must not be a stretch of somebody's text.
  fold.code.fill(0);
  return { keyId: key.id, window, characters: text.length, folded, ...columns.done() };
}

/** Moves the bytes of the windows that are not decided yet to the front. */
function keepFrom(from: number): number {
  fold.code.copyWithin(0, from, fold.length);
  fold.at.copyWithin(0, from, fold.length);
  fold.length -= from;
  return from;
}

/**
 * CBC-MAC of a block that names the channel and the two blocks of the gram. All messages have the same length, so it is a pseudo-random function
 * as good as AES, and two batched calls do for any number of grams.
 */
function identify(key: FingerprintKey, skip: number, count: number, columns: Columns): void {
  const wanted = count - skip;
  if (wanted === 0) return;
  if (blocks.length < wanted * 4) blocks = new Int32Array(wanted * 8);
  const { view } = fold;
  const s0 = key.start[0]!;
  const s1 = key.start[1]!;
  const s2 = key.start[2]!;
  const s3 = key.start[3]!;
  for (let i = skip, j = 0; i < count; i++, j += 4) {
    const gram = chosen[i]!;
    blocks[j] = s0 ^ view.getInt32(gram, true);
    blocks[j + 1] = s1 ^ view.getInt32(gram + 4, true);
    blocks[j + 2] = s2 ^ view.getInt32(gram + 8, true);
    blocks[j + 3] = s3 ^ view.getInt32(gram + 12, true);
  }
  const bytes = new Uint8Array(blocks.buffer, 0, wanted * 16);
  const half = encipher(key.encrypt, bytes);
  for (let i = skip, j = 0; i < count; i++, j += 4) {
    const gram = chosen[i]!;
    blocks[j] = half[j]! ^ view.getInt32(gram + 16, true);
    blocks[j + 1] = half[j + 1]! ^ view.getInt32(gram + 20, true);
    blocks[j + 2] = half[j + 2]! ^ view.getInt32(gram + 24, true);
    blocks[j + 3] = half[j + 3]! ^ view.getInt32(gram + 28, true);
  }
  columns.identities(encipher(key.encrypt, bytes), wanted);
}

/** Columns that grow. */
class Columns {
  high: Int32Array;
  low: Int32Array;
  at: Int32Array;
  from: Int32Array;
  to: Int32Array;
  placed = 0;
  identified = 0;

  constructor(room: number) {
    this.high = new Int32Array(room);
    this.low = new Int32Array(room);
    this.at = new Int32Array(room);
    this.from = new Int32Array(room);
    this.to = new Int32Array(room);
  }

  reserve(more: number): void {
    const needed = this.placed + more;
    if (needed <= this.at.length) return;
    this.high = grown(this.high, needed);
    this.low = grown(this.low, needed);
    this.at = grown(this.at, needed);
    this.from = grown(this.from, needed);
    this.to = grown(this.to, needed);
  }

  place(at: number, from: number, to: number): void {
    const i = this.placed++;
    this.at[i] = at;
    this.from[i] = from;
    this.to[i] = to;
  }

  identities(words: Int32Array, count: number): void {
    const { high, low } = this;
    let i = this.identified;
    for (let j = 0; j < count * 4; j += 4, i++) {
      high[i] = words[j]!;
      low[i] = words[j + 1]!;
    }
    this.identified = i;
  }

  done() {
    const n = this.placed;
    const cut = (column: Int32Array) => column.subarray(0, n);
    return { count: n, high: cut(this.high), low: cut(this.low), at: cut(this.at), from: cut(this.from), to: cut(this.to) };
  }
}

function grown(column: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(Math.max(needed, column.length * 2));
  next.set(column);
  return next;
}
