import type { z } from 'zod';
import type { Action, Confidence, Unread, Verdict } from '../contract.ts';

/**
 * What the entry of an inspection lists in the ledger, the gravest first: it has 64 KiB at most; a passage is some 80 bytes of it, a match without them some 250.
 */
export const RECORDED = { matches: 50, passages: 20, allPassages: 400 } as const;

type Verdict_ = z.infer<typeof Verdict>;

/** What could not be read whole is never clear; a match in what could be read is a match all the same. */
export function verdictOf({ matches, unread }: { matches: number; unread: readonly z.infer<typeof Unread>[] }): Verdict_ {
  if (matches > 0) return 'match';
  return unread.length > 0 ? 'not-inspected' : 'clear';
}

/**
 * Closed unless it is known to be harmless. Tier 1 warns those who may know of all that matched; the crown jewels and what is next to them, what nobody could
 * read, and what the asker may not know of are stopped: a milder answer would tell its tier.
 */
export function actionOf(verdict: Verdict_, { highestTier, mayKnow }: { highestTier: number; mayKnow: boolean }): z.infer<typeof Action> {
  if (verdict === 'clear') return 'allow';
  if (verdict === 'match' && highestTier === 1 && mayKnow) return 'warn';
  return 'block';
}

export function confidenceOf(tier: string): z.infer<typeof Confidence> {
  return tier === 'certain' || tier === 'likely' ? tier : 'possible';
}

/** What a sender may quote to whoever helps: it names the inspection and tells nothing of what matched. */
export function caseNumberOf(inspectionId: string): string {
  return `C-${inspectionId.slice(4, 12).toUpperCase()}`;
}
/** What all ids begin with that such a number is given for. */
export function idsOfCase(caseNumber: string): string {
  return `ins_${caseNumber.slice(2).toLowerCase()}`;
}
