import type { Passage } from '@underseal/fingerprint';

/** Passages so near to each other in both texts are one: so much a fingerprint may leave uncovered at either end. */
const NEAR = 32;
/** What stands between two passages that are one: a phrase that stands in the registered text elsewhere, too, and was found there. */
const BETWEEN = 400;

/**
 * One passage for what is copied in one piece, however many were found of it, and no character in two: what runs on in both texts is joined; where
 * a phrase of the registered text that stands there twice begins the next passage, it stays with the one before. Characters are counted as they stand in
 * the text, from the first of the passage to its last.
 */
export function mergePassages(passages: readonly Passage[]): Passage[] {
  const merged: Passage[] = [];
  for (const next of passages.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    const last = merged.at(-1);
    const goesOn = findContinued(merged, next);
    if (goesOn >= 0) merged.splice(goesOn, Infinity, joined(merged[goesOn]!, next, merged.at(-1)!.to));
    else if (!last || next.from >= last.to) merged.push(counted(next));
    else if (next.to > last.to) merged.push(behind(last, next));
  }
  return merged;
}

/** The passage that the next one goes on with: the last, or one that what stands between touches on both sides. */
function findContinued(merged: readonly Passage[], next: Passage): number {
  for (let i = merged.length - 1; i >= 0; i--) {
    const one = merged[i]!;
    if (next.from - one.to > BETWEEN || (merged[i + 1] ?? next).from > one.to + NEAR) return -1;
    if (i === merged.length - 1 ? runsOn(one, next) : bridges(one, next)) return i;
  }
  return -1;
}
function runsOn(last: Passage, next: Passage): boolean {
  return next.from <= last.to + NEAR && next.srcFrom >= last.srcFrom && next.srcFrom <= last.srcTo + NEAR && next.srcTo >= last.srcTo - NEAR;
}
/** Whether both run on at one pace over something short that was found elsewhere. */
function bridges(one: Passage, next: Passage): boolean {
  const gap = next.from - one.to;
  const sourceGap = next.srcFrom - one.srcTo;
  return sourceGap >= -NEAR && Math.abs(gap - sourceGap) <= NEAR && next.srcTo > one.srcTo;
}

function counted(passage: Passage): Passage {
  return { ...passage, characters: passage.to - passage.from };
}
function joined(last: Passage, next: Passage, end: number): Passage {
  return counted({ ...last, to: Math.max(last.to, next.to, end), srcTo: Math.max(last.srcTo, next.srcTo) });
}

/** What of a passage lies behind another. Where that begins in the registered text is not known to the letter: both run at about one pace. */
function behind(last: Passage, next: Passage): Passage {
  const share = (last.to - next.from) / (next.to - next.from);
  return counted({
    ...next,
    from: last.to,
    srcFrom: Math.min(next.srcTo - 1, next.srcFrom + Math.round(share * (next.srcTo - next.srcFrom))),
  });
}
