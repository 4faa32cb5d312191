import { GRAM, UNIFORM_FROM } from './constants.ts';

/** Rank of a gram that may not be chosen. */
const NEVER = 0x7fffffff;

/** Keyed rank of each gram (by its first byte) of `code[0..length)`: a cyclic polynomial whose period is the gram, so that a byte leaves as it came. */
export function rankGrams(code: Uint8Array, length: number, selection: Int32Array, ranks: Int32Array): void {
  let x = 0;
  const first = Math.min(GRAM, length);
  for (let i = 0; i < first; i++) x = ((x << 1) | (x >>> 31)) ^ selection[code[i]!]!;
  if (length >= GRAM) ranks[0] = x;
  for (let i = GRAM; i < length; i++) {
    x = ((x << 1) | (x >>> 31)) ^ selection[code[i]!]! ^ selection[code[i - GRAM]!]!;
    ranks[i - GRAM + 1] = x;
  }
}

/** Robust winnowing: of every `window` grams the lowest rank, of equals the rightmost. Writes the grams into `chosen` and gives their number. */
export function winnow(ranks: Int32Array, grams: number, window: number, chosen: Int32Array): number {
  let best = 0;
  let rank = ranks[0]!;
  let count = 0;
  const first = Math.min(window, grams);
  for (let i = 1; i < first; i++) {
    const value = ranks[i]!;
    if (value <= rank) {
      rank = value;
      best = i;
    }
  }
  chosen[count++] = best;
  for (let i = first; i < grams; i++) {
    const value = ranks[i]!;
    if (value <= rank) {
      rank = value;
      best = i;
      chosen[count++] = i;
    } else if (best <= i - window) {
      best = i - window + 1;
      rank = ranks[best]!;
      for (let j = best + 1; j <= i; j++) {
        const other = ranks[j]!;
        if (other <= rank) {
          rank = other;
          best = j;
        }
      }
      chosen[count++] = best;
    }
  }
  return count;
}

/**
 * Winnowing in which uniform grams stand behind all others and are not given out. Ranks are only looked at again when the plain choice held a
 * uniform gram: raising the rank of a gram that was not chosen changes no choice.
 */
export function chooseGrams(code: Uint8Array, ranks: Int32Array, grams: number, window: number, chosen: Int32Array): number {
  const count = winnow(ranks, grams, window, chosen);
  let plain = true;
  for (let i = 0; i < count && plain; i++) plain = ranks[chosen[i]!]! < NEVER - 1 && !isUniform(code, chosen[i]!);
  if (plain) return count;
  for (let i = 0; i < grams; i++) ranks[i] = isUniform(code, i) ? NEVER : Math.min(ranks[i]!, NEVER - 1);
  const again = winnow(ranks, grams, window, chosen);
  let kept = 0;
  for (let i = 0; i < again; i++) if (ranks[chosen[i]!]! !== NEVER) chosen[kept++] = chosen[i]!;
  return kept;
}

/** Whether at least `UNIFORM_FROM` bytes of the gram at `from` repeat the byte 1, 2, 3 or 4 before. */
export function isUniform(code: Uint8Array, from: number): boolean {
  // Each value's first byte repeats nothing: above eight values 24 repeats do not fit in 32 bytes.
  let values = 0;
  for (let i = from; i < from + 16; i++) values |= 1 << (code[i]! & 31);
  if (bits(values) > GRAM - UNIFORM_FROM) return false;
  for (let period = 1; period <= 4; period++) {
    let repeats = 0;
    for (let i = from + period; i < from + GRAM; i++) repeats += code[i] === code[i - period] ? 1 : 0;
    if (repeats >= UNIFORM_FROM) return true;
  }
  return false;
}

function bits(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
