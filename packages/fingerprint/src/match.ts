import { CERTAIN_FROM, CLUSTER_GAP, GRAM, LIKELY_FROM, MATCH_FROM, SHORT_BELOW, SHORT_SHARE } from './constants.ts';
import type { Prints } from './fingerprint.ts';
import type { Own } from './own.ts';
import { findPassages, type Passage } from './passages.ts';
import type { SegmentDocument } from './segment.ts';

/** `trace` is no match: too little to tell a leak from a phrase that strangers share. */
export type Tier = 'trace' | 'possible' | 'likely' | 'certain';

/** How much of one registered document version is in a text, and where. "Characters" are bytes of the folded text. */
export type Match = {
  readonly documentId: string;
  readonly lineage: string;
  readonly tier: Tier;
  /** Characters of the best cluster of passages that the document covers. The tier follows from it. */
  readonly coverage: number;
  /** Characters of the whole text that the document covers. */
  readonly characters: number;
  /** Characters that match only by what is boilerplate, or stood in many lineages before. They count nowhere else. */
  readonly excluded: number;
  /** Share of the document's fingerprints that are in the text. */
  readonly ofDocument: number;
  /** Share of the text that the document covers. */
  readonly ofText: number;
  readonly passages: readonly Passage[];
  /** Whether there are more passages than listed. */
  readonly truncated: boolean;
};

/** All hits of one document, in the order of the scanned text, as columns: print of the text, run and place in the segment. */
export type DocumentHits = {
  readonly document: SegmentDocument;
  readonly prints: number[];
  readonly runs: number[];
  readonly places: number[];
  readonly refs: number[];
  readonly counted: boolean[];
};

/** The scanned text: its fingerprints, and what of each is not allowed text. */
export type Scanned = { readonly prints: Prints; readonly own: Own };

/** The match that `hits` amount to, or undefined when all of them are boilerplate. */
export function assess(hits: DocumentHits, text: Scanned, passagesMax: number): Match | undefined {
  const { document } = hits;
  const cover = measure(hits, text);
  if (cover.characters === 0) return undefined;
  const { passages, truncated } = findPassages(hits, text.prints, passagesMax);
  return {
    documentId: document.id,
    lineage: document.lineage,
    tier: tierOf(cover.best, document),
    coverage: cover.best,
    characters: cover.characters,
    excluded: cover.all - cover.characters,
    ofDocument: Math.min(1, cover.different / Math.max(1, document.prints)),
    ofText: cover.characters / text.prints.folded,
    passages,
    truncated,
  };
}

/** The tier of so much coverage. Of a short document (`SHORT_BELOW`) most is enough for a match, though it is less than others need; never less than a gram. */
export function tierOf(coverage: number, document: Pick<SegmentDocument, 'folded' | 'reach'>): Tier {
  if (coverage >= CERTAIN_FROM) return 'certain';
  if (coverage >= LIKELY_FROM) return 'likely';
  if (coverage >= MATCH_FROM) return 'possible';
  return document.folded < SHORT_BELOW && coverage >= Math.max(GRAM, SHORT_SHARE * document.reach) ? 'possible' : 'trace';
}

/** Unions of what the hits cover, without allowed text: of the best cluster (each gram once, however often it is repeated), of all that count; and of all hits. */
function measure({ prints, runs, counted }: DocumentHits, { prints: text, own }: Scanned) {
  const different = new Set<number>();
  let inCluster = new Set<number>();
  let [best, cluster, clusterEnd] = [0, 0, 0];
  let [characters, end] = [0, 0];
  let [all, allEnd] = [0, 0];
  for (let h = 0; h < prints.length; h++) {
    const print = prints[h]!;
    const at = text.at[print]!;
    all += at + GRAM - Math.max(at, allEnd);
    allEnd = at + GRAM;
    if (!counted[h]) continue;
    const from = own.from[print]!;
    const to = own.to[print]!;
    if (characters > 0 && from - end > CLUSTER_GAP) {
      inCluster = new Set();
      cluster = 0;
      clusterEnd = 0;
    }
    characters += to - Math.max(from, end);
    end = to;
    const run = runs[h]!;
    different.add(run);
    if (inCluster.has(run)) continue;
    inCluster.add(run);
    cluster += to - Math.max(from, clusterEnd);
    clusterEnd = to;
    best = Math.max(best, cluster);
  }
  return { best, characters, all, different: different.size };
}
