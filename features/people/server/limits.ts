import type { Db, Tx } from '#platform/server/db.ts';
import type { KeyRing } from '#platform/server/keys.ts';
import { peopleFailures } from '../contract.ts';
import { ACCOUNT_LIMIT, ADDRESS_LIMIT, CLOCK_SLACK_MS, networkOf, waitAfter, type Limit } from './rules.ts';
import { countTry, takeBackTry } from './session-store.ts';

/** What a try is counted against. The key is a keyed hash: what was typed into the field for a mail address may be a password. */
export interface Counted {
  readonly key: Buffer;
  readonly limit: Limit;
}
export function byAddress(keys: KeyRing, address: string): Counted {
  return { key: keys.blindIndex('people-try', `address ${networkOf(address)}`), limit: ADDRESS_LIMIT };
}
export function byAccount(keys: KeyRing, email: string): Counted {
  return { key: keys.blindIndex('people-try', `account ${email}`), limit: ACCOUNT_LIMIT };
}
/** From where a person signed in before, guesses from elsewhere do not make her wait. */
export function byAccountHere(keys: KeyRing, email: string, address: string): Counted {
  return { key: keys.blindIndex('people-try', `account ${email} at ${networkOf(address)}`), limit: ACCOUNT_LIMIT };
}
/** In a browser where a person signed in before nobody else's guesses make her wait, wherever they come from. */
export function byDevice(keys: KeyRing, personId: string, deviceId: string): Counted {
  return { key: keys.blindIndex('people-try', `device ${deviceId} of ${personId}`), limit: ACCOUNT_LIMIT };
}
/** Codes apart from the password: a right password must not make guesses at a code forgotten. */
export function byCode(keys: KeyRing, personId: string): Counted {
  return { key: keys.blindIndex('people-try', `code ${personId}`), limit: ACCOUNT_LIMIT };
}
export function byPerson(keys: KeyRing, personId: string): Counted {
  return { key: keys.blindIndex('people-try', `person ${personId}`), limit: ACCOUNT_LIMIT };
}

/**
 * Counts before it is tried, outside of any transaction, so that a refusal does not roll the count back. What was counted before a refusal is taken back:
 * no guess was made, and others behind the same address do not wait for who hammers at one account. Throws `too_many_tries`.
 */
export async function countTries(db: Db, now: Date, counted: readonly Counted[]): Promise<void> {
  for (const [place, { key, limit }] of counted.entries()) {
    const forgetBefore = new Date(now.getTime() - limit.forgetMs);
    if (!(await countTry(db, { key, now, forgetBefore, easeMs: limit.easeMs, waits: WAITS.get(limit)!, slackMs: CLOCK_SLACK_MS }))) {
      await takeBackTries(db, counted.slice(0, place));
      throw peopleFailures.tooManyTries('Cannot try again yet: too many tries; wait up to 15 minutes');
    }
  }
}
export async function takeBackTries(tx: Tx, counted: readonly Counted[]): Promise<void> {
  for (const { key } of counted) await takeBackTry(tx, key);
}

const WAITS = new Map([ACCOUNT_LIMIT, ADDRESS_LIMIT].map((limit) => [limit, Array.from({ length: limit.free + 10 }, (_, i) => waitAfter(i + 1, limit))]));
