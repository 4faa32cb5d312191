import type { PersonId } from '@underseal/contract';
import { SYSTEM } from '#platform/server/actor.ts';
import type { Db } from '#platform/server/db.ts';
import { pend, writeEntries } from '#platform/server/ledger/outbox.ts';
import { people, peopleFailures, recovered } from '../contract.ts';
import { endCredential } from './factors.ts';
import { byAccount, byCode } from './limits.ts';
import { hashPassword } from './password.ts';
import { assertPasswordStrong } from './password-rule.ts';
import { endResets, endSessions, replacePassword } from './passwords.ts';
import { changePerson, somebodyElseMay } from './persons.ts';
import { holds } from './sealed.ts';
import { forgetTries } from './session-store.ts';
import type { Writing } from './sessions.ts';
import { credentialsOf } from './sign-in.ts';
import { findActiveByEmail, findOrganisation, lockActive, lockCredentials } from './store.ts';

interface Recovering {
  readonly db: Db;
  readonly now: Date;
  readonly services: Writing['services'];
}
interface Wanted {
  readonly email: string;
  readonly password: string;
  /** Also takes the one-time code app away: the phone is lost. */
  readonly withoutApp: boolean;
  readonly reason: string;
}
/** Who is held to be behind it: nobody of the program, so that everybody else may confirm the person. */
const HOST = 'host';

/**
 * Lets a person in again whom no link helps, by who holds the machine with its root key: he could do worse, and here it stands in the ledger. She is in doubt
 * until somebody else confirms her; only where nobody else could, she is not, or the house would be shut for good.
 */
export async function recover(
  { db, now, services }: Recovering,
  { email, password, withoutApp, reason }: Wanted,
): Promise<{ inDoubt: boolean; hadApp: boolean }> {
  const { keys } = services;
  const missing = () => peopleFailures.personMissing('Cannot find this mail address among those who work here');
  const found = await findActiveByEmail(db, email.trim().toLowerCase());
  if (!found || !holds(services, 'people_person', found)) throw missing();
  assertPasswordStrong(password, { ...found, organisation: (await findOrganisation(db)) ?? '' });
  const hash = await hashPassword(keys, password);
  return db.transaction().execute(async (tx) => {
    const writing = { tx, now, services };
    const person = await lockActive(tx, found.id);
    if (!person || !holds(services, 'people_person', person)) throw missing();
    await replacePassword(writing, person, hash);
    const { factor, pending } = credentialsOf(services, await lockCredentials(tx, person.id));
    if (withoutApp) for (const app of [factor, pending]) if (app) await endCredential(writing, app);
    const inDoubt = await somebodyElseMay(writing, people.attest.needs, [person.id]);
    await changePerson(writing, person, {
      ...(withoutApp ? { factor_id: null } : {}),
      in_doubt_since: inDoubt ? now : null,
      in_doubt_by: inDoubt ? HOST : null,
    });
    await endSessions(writing, person.id);
    await endResets(writing, { of: person.id });
    for (const { key } of [byAccount(keys, person.email), byCode(keys, person.id)]) await forgetTries(tx, key);
    const entry = pend(recovered, { personId: person.id as PersonId, withoutApp, inDoubt, reason });
    await writeEntries(tx, [entry], { keys, actor: SYSTEM.id, at: now, via: 'people.recover' });
    return { inDoubt, hadApp: factor !== undefined };
  });
}
