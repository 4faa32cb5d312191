import { CLUSTER_GAP, GRAM } from './constants.ts';
import type { Prints } from './fingerprint.ts';
import type { DocumentHits } from './match.ts';
import { spanOf } from './segment.ts';

/** A stretch of the scanned text and the stretch of the registered text it comes from, both in UTF-16 units, the ends exclusive. */
export type Passage = {
  readonly from: number;
  readonly to: number;
  readonly srcFrom: number;
  readonly srcTo: number;
  /** Bytes of the folded text that fingerprints of this passage cover. */
  readonly characters: number;
};

type Growing = {
  from: number;
  to: number;
  srcFrom: number;
  srcTo: number;
  start: number;
  end: number;
  lastAt: number;
  lastPlace: number;
  lastSpan: number;
  characters: number;
};

/** Passages that may still grow at one time: a phrase that stands in a document many times opens one for each place. */
const OPEN_MAX = 16;
/** How far apart the two sides may drift from one hit to the next: a base, for a word put in or left out, and a share of the way. */
const DRIFT = 24;
const DRIFT_SHARE = 0.35;

/** Joins hits that run on in both texts. Of passages over the same characters the longest stays; they come in the order of the text. */
export function findPassages(hits: DocumentHits, text: Prints, max: number): { passages: Passage[]; truncated: boolean } {
  const grown = growPassages(hits, text);
  grown.sort((a, b) => b.characters - a.characters || a.start - b.start || a.srcFrom - b.srcFrom);
  const { kept, truncated } = withoutCovered(grown, max);
  kept.sort((a, b) => a.from - b.from || a.to - b.to);
  return { passages: kept.map(({ from, to, srcFrom, srcTo, characters }) => ({ from, to, srcFrom, srcTo, characters })), truncated };
}

function growPassages(hits: DocumentHits, text: Prints): Growing[] {
  const done: Growing[] = [];
  const open: Growing[] = [];
  for (let h = 0; h < hits.prints.length; h++) {
    if (!hits.counted[h]) continue;
    const print = hits.prints[h]!;
    const at = text.at[print]!;
    const place = hits.places[h]!;
    const span = spanOf(hits.refs[h]!);
    const srcTo = place + span;
    const passage = nearest(open, at, place, span);
    if (passage === undefined) {
      if (open.length === OPEN_MAX) open.shift();
      const begun = {
        from: text.from[print]!,
        to: text.to[print]!,
        srcFrom: place,
        srcTo,
        start: at,
        end: at + GRAM,
        lastAt: at,
        lastPlace: place,
        lastSpan: span,
        characters: GRAM,
      };
      open.push(begun);
      done.push(begun);
      continue;
    }
    passage.characters += Math.max(0, at + GRAM - Math.max(at, passage.end));
    passage.end = Math.max(passage.end, at + GRAM);
    passage.to = Math.max(passage.to, text.to[print]!);
    passage.srcTo = Math.max(passage.srcTo, srcTo);
    passage.lastAt = at;
    passage.lastPlace = place;
    passage.lastSpan = span;
  }
  return done;
}

/** The open passage that the next hit continues with the least drift. */
function nearest(open: readonly Growing[], at: number, place: number, span: number): Growing | undefined {
  let best: Growing | undefined;
  let least = Infinity;
  for (const passage of open) {
    const way = at - passage.lastAt;
    // Source offsets are UTF-16 units, those of the text folded bytes: the grams at both ends say how many units a byte takes hereabouts.
    const srcWay = ((place - passage.lastPlace) * 2 * GRAM) / Math.max(1, span + passage.lastSpan);
    if (way <= 0 || srcWay <= 0 || at - passage.end > CLUSTER_GAP || srcWay > GRAM + CLUSTER_GAP) continue;
    const drift = Math.abs(srcWay - way);
    if (drift > DRIFT + DRIFT_SHARE * Math.max(way, srcWay) || drift >= least) continue;
    least = drift;
    best = passage;
  }
  return best;
}

/** Drops what lies wholly within passages already kept. Kept ones are looked up by their order in the text. */
function withoutCovered(sorted: readonly Growing[], max: number): { kept: Growing[]; truncated: boolean } {
  const kept: Growing[] = [];
  for (const passage of sorted) {
    if (kept.some((one) => one.start <= passage.start && one.end >= passage.end)) continue;
    if (kept.length === max) return { kept, truncated: true };
    kept.push(passage);
  }
  return { kept, truncated: false };
}
