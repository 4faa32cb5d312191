import { LIST_MAX, scan, type Match, type Passage, type ScanOptions } from '@underseal/fingerprint';
import { TOLD } from '../contract.ts';
import { mergePassages } from './merging.ts';

/** The best match of a document, or of an element, in the parts of what is inspected. */
export interface PartMatch {
  /** With its passages merged, as far as they are told. */
  readonly match: Match;
  readonly part: number;
  /** Of all its passages, as they stand in the text. */
  readonly characters: number;
}
export interface PartsScan {
  readonly found: readonly PartMatch[];
  /** A part holds passages of more documents than a scan lists: which and of what tier is not known. */
  readonly more: boolean;
  /** Parts that were made to have more hits than are looked at. */
  readonly incomplete: readonly number[];
}

export function scanParts(texts: readonly string[], by: Pick<ScanOptions, 'key' | 'segments' | 'allow'>): PartsScan {
  // Versions of one document match alike: the one most covered speaks for all.
  const best = new Map<string, { match: Match; part: number }>();
  const incomplete: number[] = [];
  let more = false;
  texts.forEach((text, part) => {
    const result = scan(text, by);
    more ||= result.matches.length === LIST_MAX;
    if (result.incomplete) incomplete.push(part);
    for (const match of result.matches) if ((best.get(match.lineage)?.match.coverage ?? 0) < match.coverage) best.set(match.lineage, { match, part });
  });
  const found = [...best.values()].sort((a, b) => b.match.coverage - a.match.coverage);
  return { found: found.map(withMerged), more, incomplete };
}

/** Of more passages than are told the longest are, in the order of the text. */
function withMerged({ match, part }: { match: Match; part: number }): PartMatch {
  const merged = mergePassages(match.passages);
  const passages = longestOf(merged);
  const characters = merged.reduce((sum, one) => sum + one.characters, 0);
  return { match: { ...match, passages, truncated: match.truncated || merged.length > passages.length }, part, characters };
}
export function longestOf<One extends Passage>(passages: readonly One[]): One[] {
  const kept = new Set(passages.toSorted((a, b) => b.characters - a.characters || a.from - b.from).slice(0, TOLD.passages));
  return passages.filter((one) => kept.has(one));
}
