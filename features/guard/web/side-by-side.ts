import { foldText } from '@underseal/fingerprint';

/** A text, and where in it a passage lies. */
export interface Stretch {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}
type Extent = Pick<Stretch, 'from' | 'to'>;
export interface Pair {
  readonly left: Stretch;
  readonly right: Stretch;
  /** Where in each the passage itself lies, as it is told and counted: what is equal as well lies around it. */
  readonly told: { readonly left: Extent; readonly right: Extent };
}
/** A passage as people read it: what matched, at its edges what is equal as well, and around it the rest of the first and last word and a few words more. */
export interface Shown {
  readonly before: string;
  readonly lead: string;
  readonly matched: string;
  readonly tail: string;
  readonly after: string;
}

/** How far is looked: fingerprints leave some fifteen letters uncovered at an end, and more only where the text is common property. */
const AROUND = 400;
/** Letters in a row by which two beginnings are known for the same. */
const SAME = 16;

/**
 * Moves both ends of a passage as far outward as both texts go on being equal letter by letter: case, space, punctuation and look-alikes do not count,
 * as they do not where passages are found. On the left it does not go below `floor`, where the passage before ends.
 */
export function extendPair({ left, right: given }: Pick<Pair, 'left' | 'right'>, floor = 0): Pair {
  const right = { ...given, from: beginningOf(left, given) };
  const earlier = equalBefore(left.text.slice(Math.max(floor, left.from - AROUND), left.from), right.text.slice(Math.max(0, right.from - AROUND), right.from));
  const later = equalAfter(left.text.slice(left.to, left.to + AROUND), right.text.slice(right.to, right.to + AROUND));
  return {
    left: { ...left, from: left.from - earlier.left, to: left.to + later.left },
    right: { ...right, from: right.from - earlier.right, to: right.to + later.right },
    told: { left, right },
  };
}

/** Where a passage had to be parted from the one before, its beginning in the registered text is known to some letters only: found by what it begins with. */
function beginningOf(left: Stretch, right: Stretch): number {
  const wanted = foldText(left.text.slice(left.from, Math.min(left.to, left.from + AROUND))).bytes.subarray(0, SAME);
  const start = Math.max(0, right.from - AROUND);
  const { bytes, offsets } = foldText(right.text.slice(start, Math.min(right.to, right.from + AROUND)));
  let best = right.from;
  let distance = Infinity;
  for (let i = 0; i + wanted.length <= bytes.length; i++) {
    const place = start + offsets[i]!;
    if (Math.abs(place - right.from) >= distance || !wanted.every((byte, j) => bytes[i + j] === byte)) continue;
    best = place;
    distance = Math.abs(place - right.from);
  }
  return best;
}

interface Units {
  readonly left: number;
  readonly right: number;
}
function equalBefore(left: string, right: string): Units {
  const [l, r] = [foldText(left), foldText(right)];
  let n = 0;
  const whole = { left: 0, right: 0 };
  while (n < Math.min(l.bytes.length, r.bytes.length) && l.bytes.at(-1 - n) === r.bytes.at(-1 - n)) {
    n++;
    // A character of several bytes counts once its first byte is equal, too.
    const [at, to] = [l.offsets.length - n, r.offsets.length - n];
    if (l.offsets[at - 1] === l.offsets[at] || r.offsets[to - 1] === r.offsets[to]) continue;
    whole.left = left.length - l.offsets[at]!;
    whole.right = right.length - r.offsets[to]!;
  }
  return whole;
}
function equalAfter(left: string, right: string): Units {
  const [l, r] = [foldText(left), foldText(right)];
  let n = 0;
  const whole = { left: 0, right: 0 };
  while (n < Math.min(l.bytes.length, r.bytes.length) && l.bytes[n] === r.bytes[n]) {
    n++;
    if (l.offsets[n - 1] === l.offsets[n] || r.offsets[n - 1] === r.offsets[n]) continue;
    whole.left = endOf(left, l.offsets[n - 1]!);
    whole.right = endOf(right, r.offsets[n - 1]!);
  }
  return whole;
}
function endOf(text: string, at: number): number {
  return at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
}

/** Words of each side that show where a passage stands, and what they may come to where a text has no spaces. */
const WORDS = 6;
const LONGEST_CONTEXT = 80;

/** A stretch with the rest of its first and last word and a few words around it; of it that is marked which is told. */
export function inWords({ text, from: given, to }: Stretch, told: Extent = { from: given, to }): Shown {
  const from = given + /^[^\p{L}\p{N}]*/u.exec(text.slice(given, to))![0].length;
  const inner = Math.max(from, told.from);
  return {
    before: contextBefore(text, from),
    lead: text.slice(from, inner),
    matched: text.slice(inner, told.to),
    tail: text.slice(told.to, to),
    after: contextAfter(text, to),
  };
}
function contextBefore(text: string, from: number): string {
  const given = text.slice(Math.max(0, from - AROUND), from);
  const parts = given.split(/(\s+)/u);
  // The last part is the rest of the word that the passage begins in, or empty where it begins with one.
  const kept = parts.slice(-(2 * WORDS + 1)).join('');
  const isAll = kept.length === from;
  const words = kept.length > LONGEST_CONTEXT ? kept.slice(-LONGEST_CONTEXT).replace(/^[\p{L}\p{N}\p{M}]*[^\p{L}\p{N}]+/u, '') : kept;
  return `${isAll && words === kept ? '' : '… '}${words.trimStart()}`;
}
function contextAfter(text: string, to: number): string {
  const given = text.slice(to, to + AROUND);
  const kept = given
    .split(/(\s+)/u)
    .slice(0, 2 * WORDS + 1)
    .join('');
  const isAll = to + kept.length === text.length;
  const words = kept.length > LONGEST_CONTEXT ? kept.slice(0, LONGEST_CONTEXT).replace(/[^\p{L}\p{N}]+[\p{L}\p{N}\p{M}]*$/u, '') : kept;
  return `${words.trimEnd()}${isAll && words === kept ? '' : ' …'}`;
}
