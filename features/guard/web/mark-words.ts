import { foldText } from '@underseal/fingerprint';
import { diffArrays } from 'diff';

/** A piece of a text: equal to the other text, as far as letters and digits go, or not. */
export interface Piece {
  readonly text: string;
  readonly isEqual: boolean;
}
export interface Marked {
  readonly left: readonly Piece[];
  readonly right: readonly Piece[];
  /** Words that differ, of the text that has more of them. */
  readonly differing: number;
}
interface Word {
  readonly from: number;
  readonly to: number;
  /** Its letters and digits, folded as for fingerprints. */
  readonly key: string;
}

/** Two texts that differ in more words than this are not compared word by word: it would take seconds. */
const MOST_EDITS = 2_000;
const words = new Intl.Segmenter('en', { granularity: 'word' });

/** Which words of two texts are equal: case, space, signs and look-alikes do not count, nor where a word is broken in two. Undefined where too many differ. */
export function markWords(left: string, right: string): Marked | undefined {
  const [ofLeft, ofRight] = [wordsOf(left), wordsOf(right)];
  const keys = (of: readonly Word[]) => of.map(({ key }) => key);
  const changes = diffArrays(keys(ofLeft), keys(ofRight), { maxEditLength: MOST_EDITS });
  if (!changes) return undefined;
  const [equalLeft, equalRight] = [new Set<Word>(), new Set<Word>()];
  const at = { left: 0, right: 0 };
  for (let i = 0; i < changes.length;) {
    let [removed, added] = [0, 0];
    const isSame = !changes[i]!.added && !changes[i]!.removed;
    if (isSame) removed = added = changes[i++]!.count;
    else
      for (; i < changes.length && (changes[i]!.added || changes[i]!.removed); i++) {
        if (changes[i]!.removed) removed += changes[i]!.count;
        else added += changes[i]!.count;
      }
    const [l, r] = [ofLeft.slice(at.left, (at.left += removed)), ofRight.slice(at.right, (at.right += added))];
    // Words that a line end or a hyphen parts in one of the texts alone.
    if (!isSame && keys(l).join('') !== keys(r).join('')) continue;
    for (const word of l) equalLeft.add(word);
    for (const word of r) equalRight.add(word);
  }
  return {
    left: toPieces(left, ofLeft, equalLeft),
    right: toPieces(right, ofRight, equalRight),
    differing: Math.max(ofLeft.length - equalLeft.size, ofRight.length - equalRight.size),
  };
}

function wordsOf(text: string): Word[] {
  const { bytes, offsets } = foldText(text);
  // A letter for each byte, whatever it is.
  const letters = new TextDecoder('latin1').decode(bytes);
  const found: Word[] = [];
  let i = 0;
  for (const { index, segment } of words.segment(text)) {
    const to = index + segment.length;
    while (i < bytes.length && offsets[i]! < index) i++;
    const first = i;
    while (i < bytes.length && offsets[i]! < to) i++;
    if (i > first) found.push({ from: index, to, key: letters.slice(first, i) });
  }
  return found;
}

/** What stands between two words goes with both where they are equal. */
function toPieces(text: string, all: readonly Word[], equal: ReadonlySet<Word>): Piece[] {
  const pieces: { text: string; isEqual: boolean }[] = [];
  const add = (part: string, isEqual: boolean) => {
    const last = pieces.at(-1);
    if (part === '') return;
    if (last?.isEqual === isEqual) last.text += part;
    else pieces.push({ text: part, isEqual });
  };
  let end = 0;
  for (const [i, word] of all.entries()) {
    const before = all[i - 1];
    add(text.slice(end, word.from), equal.has(word) && (!before || equal.has(before)));
    add(text.slice(word.from, word.to), equal.has(word));
    end = word.to;
  }
  const last = all.at(-1);
  add(text.slice(end), !last || equal.has(last));
  return pieces;
}

/** A long text's beginning and end, in whole words where there are any, and how much is left out between. */
export function cutPieces(pieces: readonly Piece[], { longest, head, tail }: { longest: number; head: number; tail: number }) {
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (length <= longest) return { head: pieces, leftOut: 0, tail: [] };
  const first = takeFrom(pieces, head, (text, most) => text.slice(0, most).replace(/\S+$/, '') || text.slice(0, most));
  const last = takeFrom(pieces.toReversed(), tail, (text, most) => text.slice(-most).replace(/^\S+/, '') || text.slice(-most)).toReversed();
  const shown = [...first, ...last].reduce((sum, { text }) => sum + text.length, 0);
  return { head: first, leftOut: length - shown, tail: last };
}
function takeFrom(pieces: readonly Piece[], most: number, cut: (text: string, most: number) => string): Piece[] {
  const taken: Piece[] = [];
  let left = most;
  for (const piece of pieces) {
    if (left <= 0) break;
    const text = piece.text.length <= left ? piece.text : cut(piece.text, left);
    taken.push({ ...piece, text });
    left -= piece.text.length;
  }
  return taken;
}
