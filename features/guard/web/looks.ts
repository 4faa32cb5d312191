import type { AnswerOf } from '@underseal/contract';
import type { StateKind } from '#platform/web/ui/index.ts';
import { CASE_NUMBER, type guard } from '../contract.ts';

export type InspectionRow = AnswerOf<typeof guard.list>['items'][number];

export const VERDICTS: Readonly<Record<InspectionRow['verdict'], readonly [StateKind, string]>> = {
  clear: ['holds', 'Clear'],
  match: ['breach', 'Match'],
  'not-inspected': ['not-inspected', 'Not inspected'],
  changed: ['breach', 'Changed by hand'],
};
export const WAYS: Readonly<Record<NonNullable<InspectionRow['exit']>, string>> = { page: 'Check page', api: 'API', 'command-line': 'Command line' };
/** What whoever asked was told to do. */
export const ADVICE: Readonly<Record<InspectionRow['action'], readonly [StateKind, string]>> = {
  allow: ['holds', 'Nothing found'],
  log: ['holds', 'Noted'],
  warn: ['gap', 'Ask first'],
  block: ['held', 'Do not send'],
};

/** A case number as it is written, or undefined for any other words. */
export function asCaseNumber(text: string): string | undefined {
  const written = text.trim().toUpperCase();
  return CASE_NUMBER.test(written) ? written : undefined;
}
/** "Mail gateway", "You", "A person" where the reader may not see the name. */
export function nameOf({ kind, name, you }: InspectionRow['by']): string {
  if (you) return 'You';
  if (kind === 'unknown') return 'Not known';
  return name ?? (kind === 'program' ? 'A program' : 'A person');
}
