import type { z } from 'zod';
import { registerFailures, REVIEW_DUE_DAYS, Revisable } from '../contract.ts';

/** What each sealed text of the register is bound to. */
export const contextOf = {
  codeName: (id: string) => `register_secret|code_name|${id}`,
  title: (id: string) => `register_secret|title|${id}`,
  unit: (id: string) => `register_secret|unit|${id}`,
  contributors: (id: string) => `register_secret|contributors|${id}`,
  heading: (secretId: string, id: string) => `register_element|heading|${secretId}|${id}`,
  text: (secretId: string, id: string) => `register_element|text|${secretId}|${id}`,
};

/** What the seals of rows that give power cover, in the spelling that the published views give back. */
export function ownerSeal(owner: { id: string; secretId: string; personId: string; from: Date; to: Date | null }) {
  return {
    id: owner.id,
    secret_id: owner.secretId,
    person_id: owner.personId,
    valid_from: owner.from.toISOString(),
    valid_to: owner.to?.toISOString() ?? null,
  };
}
export function registrarSeal(registrar: { id: string; secretId: string; tokenId: string; from: Date; to: Date }) {
  return {
    id: registrar.id,
    secret_id: registrar.secretId,
    token_id: registrar.tokenId,
    valid_from: registrar.from.toISOString(),
    valid_to: registrar.to.toISOString(),
  };
}

interface Sheet {
  readonly title: string;
  readonly tier: number;
  readonly unit: string;
  readonly contributors: string[];
  readonly combination: boolean;
  readonly storedIn: string[];
  readonly usedIn: string[];
  readonly originOn: string | null;
  readonly reviewOn: string | null;
}
/** What stands on a sheet beside what its entry says in a field of its own. */
export function sheetOf({ unit, contributors, storedIn, usedIn, originOn, reviewOn }: Sheet) {
  return { unit, contributors, storedIn, usedIn, originOn, reviewOn };
}
export function changedIn(before: Sheet, after: Sheet): z.infer<typeof Revisable>[] {
  // As JSON, since one name with a comma in it is not two.
  return Revisable.options.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** The last day of the reviews that are due now: those of the past are, whatever their day. */
export function reviewDueBy(now: Date): string {
  return new Date(now.getTime() + REVIEW_DUE_DAYS * DAY_MS).toISOString().slice(0, 10);
}
const DAY_MS = 86_400_000;

/** Words of a search, each of which must stand in code name or title. */
export function fits(search: string, { codeName, title }: { codeName: string; title: string }): boolean {
  const text = `${codeName} ${title}`.toLocaleLowerCase();
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

type Dates = Pick<Sheet, 'originOn' | 'reviewOn'>;
/** Somewhere it is a day further, or still the day before. */
const AHEAD_MS = 14 * 3_600_000;
const BEHIND_MS = 12 * 3_600_000;
/** Nobody has held a secret since a day to come, nor is the next review a day that has gone. What a sheet says already may stay on it. */
export function assertLikelyDates({ originOn, reviewOn }: Dates, now: Date, before?: Dates): void {
  const wrong = [
    ...(originOn !== null && originOn > dayOf(now, AHEAD_MS) && originOn !== before?.originOn
      ? ['originOn: lies ahead: a secret is held since a day that has come']
      : []),
    ...(reviewOn !== null && reviewOn < dayOf(now, -BEHIND_MS) && reviewOn !== before?.reviewOn
      ? ['reviewOn: has gone by: the next review is today or later']
      : []),
  ];
  if (wrong.length > 0) throw registerFailures.datesUnlikely(`Cannot write these dates down: ${wrong.join('; ')}`, wrong);
}
function dayOf(now: Date, byMs: number): string {
  return new Date(now.getTime() + byMs).toISOString().slice(0, 10);
}
