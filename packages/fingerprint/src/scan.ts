import { buildSegment } from './build.ts';
import { COPIES_MAX, HITS_MAX, LIST_MAX } from './constants.ts';
import { scanWindow, takePrints, type Prints } from './fingerprint.ts';
import type { FingerprintKey } from './key.ts';
import { assess, type DocumentHits, type Match } from './match.ts';
import { ownOf, type Own } from './own.ts';
import { assertAlike, documentOf, findRun, isAllowed, isCommon, openSegment, runEnd, type Segment } from './segment.ts';

export type ScanOptions = {
  readonly key: FingerprintKey;
  readonly segments: readonly Segment[];
  /** Allow-segments: what stands in them does not count. */
  readonly allow?: readonly Segment[];
  /** Matches, traces, and passages a match, to list at most. */
  readonly listMax?: number;
};

/** What a scan found. Without a match, a text is clear only if `incomplete` is false. */
export type Scan = {
  /** Documents of which enough is in the text, the most covered first. */
  readonly matches: readonly Match[];
  /** Documents of which something is in the text, but too little to say so. */
  readonly traces: readonly Match[];
  /** Bytes of the folded text. Below 32 nothing can be found in it. */
  readonly folded: number;
  /** Whether there are more matches, traces or passages than listed. */
  readonly truncated: boolean;
  /** Whether the scan gave up reading hits: the text was made to have millions of them. */
  readonly incomplete: boolean;
};

/**
 * Answers which registered documents `text` holds passages of. Every common run of 47 folded bytes (63 in texts above 256 K UTF-16 units) that is not
 * boilerplate and not uniform is seen. Throws `key_differs` when a segment was made under another key; never for what the text holds.
 */
export function scan(text: string, options: ScanOptions): Scan {
  const allow = options.allow ?? [];
  assertAlike(options.key.id, options.segments, allow);
  const prints = takePrints(text, options.key, scanWindow(text.length));
  return look(prints, { ...options, allow });
}

/**
 * Whether a copy of a whole text would match once the text is registered: not where it consists of what `allow` holds, or has too little besides. Throws
 * `input_invalid` for fingerprints not made for registration, `key_differs` for allow-segments of another key.
 */
export function isRecognised(prints: Prints, allow: readonly Segment[]): boolean {
  const hasAllowed = prints.high.some((high, i) => isAllowed(allow, high, prints.low[i]!));
  if (!hasAllowed) return true;
  const alone = openSegment(buildSegment([{ id: 'it', lineage: 'it', prints }], { allow }));
  return look(prints, { segments: [alone], allow }).matches.length > 0;
}

type Where = { readonly segments: readonly Segment[]; readonly allow: readonly Segment[]; readonly listMax?: number };

function look(prints: Prints, where: Where): Scan {
  return report(prints, lookUp(prints, where), where.listMax ?? LIST_MAX);
}

/** `own` is there once something was hit: clean texts need not wait for it. */
type Found = { own?: Own; documents: DocumentHits[]; incomplete: boolean; repeated: boolean };

function lookUp(prints: Prints, { segments, allow }: Where): Found {
  const found: Found = { documents: [], incomplete: false, repeated: false };
  const candidates = new Int32Array(prints.count);
  let hits = 0;
  for (const segment of segments) {
    const byDocument = new Map<number, DocumentHits>();
    const runs = new Map<number, number>();
    const count = passFilter(prints, segment, candidates);
    for (let c = 0; c < count; c++) {
      const i = candidates[c]!;
      const start = findRun(segment, prints.high[i]!, prints.low[i]!);
      if (start < 0) continue;
      const copies = (runs.get(start) ?? 0) + 1;
      runs.set(start, copies);
      if (copies > COPIES_MAX) {
        found.repeated = true;
        continue;
      }
      if (hits >= HITS_MAX) {
        found.incomplete = true;
        break;
      }
      const own = (found.own ??= ownOf(prints, allow));
      hits += takeHits(segment, { print: i, run: start, end: runEnd(segment, start, prints.high[i]!), isOwn: own.from[i]! < own.to[i]! }, byDocument);
    }
    found.documents.push(...byDocument.values());
  }
  return found;
}

/** Without a branch on the bit: it is set for one print in ten, at random. */
function passFilter(prints: Prints, segment: Segment, candidates: Int32Array): number {
  const { low, count } = prints;
  const { filter, filterMask } = segment;
  let n = 0;
  for (let i = 0; i < count; i++) {
    const bit = low[i]! & filterMask;
    candidates[n] = i;
    n = (n + ((filter[bit >>> 5]! >>> (bit & 31)) & 1)) | 0;
  }
  return n;
}

function takeHits(segment: Segment, hit: { print: number; run: number; end: number; isOwn: boolean }, byDocument: Map<number, DocumentHits>): number {
  const { refs, positions } = segment;
  for (let place = hit.run; place < hit.end; place++) {
    const ref = refs[place]!;
    const number = documentOf(ref);
    let hits = byDocument.get(number);
    if (hits === undefined) {
      hits = { document: segment.documents[number]!, prints: [], runs: [], places: [], refs: [], counted: [] };
      byDocument.set(number, hits);
    }
    hits.prints.push(hit.print);
    hits.runs.push(hit.run);
    hits.places.push(positions[place]!);
    hits.refs.push(ref);
    hits.counted.push(hit.isOwn && !isCommon(ref));
  }
  return hit.end - hit.run;
}

function report(prints: Prints, found: Found, listMax: number): Scan {
  const byId = new Map<string, Match>();
  for (const hits of found.documents) {
    const match = assess(hits, { prints, own: found.own! }, listMax);
    const other = byId.get(hits.document.id);
    // While segments are being merged a version may stand in two of them.
    if (match !== undefined && (other === undefined || byWeight(match, other) < 0)) byId.set(match.documentId, match);
  }
  const sorted = [...byId.values()].sort(byWeight);
  const matches = sorted.filter((one) => one.tier !== 'trace');
  const traces = sorted.filter((one) => one.tier === 'trace');
  let truncated = found.repeated || sorted.some((one) => one.truncated);
  truncated ||= matches.length > listMax || traces.length > listMax;
  const { folded } = prints;
  return { matches: matches.slice(0, listMax), traces: traces.slice(0, listMax), folded, truncated, incomplete: found.incomplete };
}

function byWeight(a: Match, b: Match): number {
  return b.coverage - a.coverage || b.characters - a.characters || (a.documentId < b.documentId ? -1 : 1);
}
