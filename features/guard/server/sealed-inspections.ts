import { createHash } from 'node:crypto';
import type { SealedRows } from '#platform/server/feature.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { sealHolds, sealRow, type SealValue } from '#platform/server/seals.ts';
import type { Services } from '#platform/server/services.ts';
import { inspected } from '../contract.ts';
import { RECORDED } from './rules.ts';
import { listNotClear, type InspectionRecord, type MatchedSecret, type MatchRecord } from './store.ts';

type Inspection = Omit<InspectionRecord, 'seal'>;
type Match = Omit<MatchRecord, 'seal' | 'passages' | 'passages_seal'>;

/** All that is told of an inspection, and how many matches are kept of it, so that none can be taken away. */
export function sealInspection(keys: KeyRing, row: Inspection): Buffer {
  return sealRow(keys, 'guard_inspection', inspectionSeal(row));
}
function inspectionSeal({ id, at, actor_id, exit, verdict, action, bytes, unread, matches }: Inspection) {
  return { id, at, actor_id, exit, verdict, action, bytes, unread, matches };
}

/** Lists tell of a match without its passages, and do not read them: those have a seal of their own. */
export function sealMatch(keys: KeyRing, row: Match): Buffer {
  return sealRow(keys, 'guard_match', matchSeal(row));
}
export function matchHolds(keys: KeyRing, row: Match & Pick<MatchRecord, 'seal'>): boolean {
  return sealHolds(keys, 'guard_match', matchSeal(row), row.seal);
}
function matchSeal({ inspection_id, source_id, secret_id, element_number, confidence, characters, whole, at }: Match) {
  return { id: `${inspection_id} ${source_id}`, secret_id, element_number, confidence, characters, whole, at };
}
type Passages = Pick<MatchRecord, 'inspection_id' | 'source_id'> & { readonly passages: unknown };
export function sealPassages(keys: KeyRing, row: Passages): Buffer {
  return sealRow(keys, 'guard_match/passages', passagesSeal(row));
}
export function passagesHold(keys: KeyRing, row: Passages & Pick<MatchRecord, 'passages_seal'>): boolean {
  return sealHolds(keys, 'guard_match/passages', passagesSeal(row), row.passages_seal);
}
function passagesSeal({ inspection_id, source_id, passages }: Passages) {
  return { id: `${inspection_id} ${source_id}`, passages: passages as SealValue };
}

/** Which of these inspections were changed by hand, they or their matches, and the matches that are believed. Operators hear of each. */
export function judge({ keys, alarm }: Pick<Services, 'keys' | 'alarm'>, rows: readonly InspectionRecord[], found: readonly MatchedSecret[]) {
  const keptOf = new Map(found.map(({ inspection_id, kept }) => [inspection_id, kept]));
  const { sound = [], forged = [] } = Object.groupBy(found, (match) => (matchHolds(keys, match) ? 'sound' : 'forged'));
  const touched = new Set(forged.map(({ inspection_id }) => inspection_id));
  const holds = (row: InspectionRecord) => sealHolds(keys, 'guard_inspection', inspectionSeal(row), row.seal) && row.matches === (keptOf.get(row.id) ?? 0);
  const changed = new Set(rows.filter((row) => touched.has(row.id) || !holds(row)).map(({ id }) => id));
  for (const id of changed) tellChanged(alarm, id);
  return { matches: sound, changed };
}
export function tellChanged(alarm: Services['alarm'], inspectionId: string) {
  alarm('guard.seal_broken', { inspection: inspectionId });
}

/**
 * Inspections as the ledger tells of them, with what matched: those alone that were not clear, since a house has millions of the others. What is remembered of
 * each is its id and a digest of 16 letters, some 130 bytes together.
 */
export const sealedInspections: SealedRows = {
  table: 'guard_inspection',
  on: [inspected],
  fold(due, { at, actor, data }) {
    if (data['verdict'] === 'clear') return;
    const matches = data['matches'] as readonly { secretId: string; characters: number }[];
    due.set(
      String(data['inspectionId']),
      digestOf({
        told: [at.getTime(), actor, data['exit'], data['verdict'], data['action'], data['bytes'], data['unread']],
        matches: matches.map(({ secretId, characters }) => `${secretId} ${characters}`),
      }),
    );
  },
  async rows(tx, page) {
    return (await listNotClear(tx, { ...page, most: RECORDED.matches })).map((row) => ({
      id: row.id,
      key: row.id,
      value:
        row.kept === row.matches
          ? digestOf({ told: [row.at.getTime(), row.actor_id, row.exit, row.verdict, row.action, row.bytes, row.unread], matches: row.matched })
          : 'not all its matches',
    }));
  },
};
/** An entry lists so many matches at most: where it is full, which they are is not compared, but their seals and their number are. */
function digestOf({ told, matches }: { told: readonly unknown[]; matches: readonly string[] }): string {
  const compared = matches.length < RECORDED.matches ? matches.toSorted() : 'many';
  return createHash('sha256')
    .update(JSON.stringify([told, compared]))
    .digest()
    .toString('base64url', 0, 12);
}
