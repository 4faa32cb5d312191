import { foldText, type Passage } from '@underseal/fingerprint';

/** Passages so near to each other in both texts are one: so much a fingerprint may leave uncovered at either end. */
const NEAR = 32;

/**
 * One passage for what is copied in one piece, however many were found of it, and no character in two: what runs on in both texts is joined; where
 * a phrase of the registered text that stands there twice begins the next passage, it stays with the one before.
 */
export function mergePassages(passages: readonly Passage[], text: string): Passage[] {
  const merged: Passage[] = [];
  for (const next of passages.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1);
    if (!last || !(next.from < last.to || runsOn(last, next))) merged.push(next);
    else if (runsOn(last, next)) merged[merged.length - 1] = joined(last, next, text);
    else if (next.to > last.to) merged.push(behind(last, next, text));
  }
  return merged;
}

function runsOn(last: Passage, next: Passage): boolean {
  return next.from <= last.to + NEAR && next.srcFrom >= last.srcFrom && next.srcFrom <= last.srcTo + NEAR && next.srcTo >= last.srcTo - NEAR;
}

function joined(last: Passage, next: Passage, text: string): Passage {
  const twice = lettersIn(text, next.from, Math.min(last.to, next.to));
  return {
    from: last.from,
    to: Math.max(last.to, next.to),
    srcFrom: last.srcFrom,
    srcTo: Math.max(last.srcTo, next.srcTo),
    characters: Math.max(last.characters, last.characters + next.characters - twice),
  };
}

/** What of a passage lies behind another. Where that begins in the registered text is not known to the letter: both run at about one pace. */
function behind(last: Passage, next: Passage, text: string): Passage {
  const share = (last.to - next.from) / (next.to - next.from);
  return {
    ...next,
    from: last.to,
    srcFrom: Math.min(next.srcTo - 1, next.srcFrom + Math.round(share * (next.srcTo - next.srcFrom))),
    characters: Math.max(1, next.characters - lettersIn(text, next.from, last.to)),
  };
}

function lettersIn(text: string, from: number, to: number): number {
  return from < to ? foldText(text.slice(from, to)).bytes.length : 0;
}
