import type { PersonId } from '@underseal/contract';
import type { Tx } from '#platform/server/db.ts';
import { prepared, type Ctx } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { attested, passwordChanged, passwordReset, people, peopleFailures, resetMade } from '../contract.ts';
import { deviceFor } from './devices.ts';
import { endCredential } from './factors.ts';
import { byAccount, byPerson, countTries } from './limits.ts';
import { hashPassword, passwordHolds } from './password.ts';
import { assertPasswordStrong } from './password-rule.ts';
import { addPassword, changePerson, permittedOf, somebodyElseMay } from './persons.ts';
import { baseUrl, RESET_MS } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { forgetTries, lockSessionsOf } from './session-store.ts';
import { assertProved, endOne, newToken, tokenHashOf, type Writing } from './sessions.ts';
import { credentialsOf, requireCredentials } from './sign-in.ts';
import {
  closeReset,
  findActive,
  findOrganisation,
  findReset,
  insertReset,
  lockActive,
  lockCredentials,
  lockReset,
  lockResets,
  type PersonRow,
  type ResetRow,
} from './store.ts';

const personMissing = () => peopleFailures.personMissing('Cannot find this person among those who work here');
const resetMissing = () => peopleFailures.resetMissing('Cannot find this reset: its link was used, replaced or is too old; ask for a new one');

/** The present password is asked: an open screen is no way to another's account. All other sessions end, since one of them may be why it is changed. */
export const changePassword = prepared<typeof people.changePassword, { hash: string; was: string }>({
  async prepare(before, { present, password }) {
    const { db, now, services, actor } = before;
    const { password: kept, factor } = await requireCredentials(before);
    if (factor && !actor.session?.strong) throw peopleFailures.secondFactorNeeded('Cannot change the password yet: give a code of your app first');
    await countTries(db, now, [byPerson(services.keys, actor.id)]);
    if (!(await passwordHolds(services.keys, present, kept?.held.toString())) || !kept)
      throw peopleFailures.credentialsWrong('Cannot change the password: the present one is wrong');
    const person = await findActive(db, actor.id);
    if (!person) throw personMissing();
    if (present.normalize('NFKC') === password.normalize('NFKC'))
      throw peopleFailures.passwordWeak('Cannot use this password: it is the present one', ['password: is the present one']);
    assertPasswordStrong(password, { ...person, organisation: (await findOrganisation(db)) ?? '' });
    return { hash: await hashPassword(services.keys, password), was: kept.id };
  },
  async run(ctx, _input, { hash, was }) {
    const person = await lockActive(ctx.tx, ctx.actor.id);
    if (!person) throw personMissing();
    // Of two who change it at once, the second has proved nothing about the password that is present now.
    const replaced = await replacePassword(ctx, person, hash);
    if (replaced.was !== was) throw peopleFailures.credentialsWrong('Cannot change the password: it was changed just now');
    await endSessions(ctx, person.id, ctx.actor.session?.id);
    await endResets(ctx, { of: person.id });
    await forgetTries(ctx.tx, byPerson(ctx.services.keys, person.id).key);
    ctx.record(passwordChanged, { personId: person.id as PersonId });
    return deviceFor(ctx.actor.session?.kind ?? 'command-line', ctx, { personId: person.id, passwordId: replaced.is });
  },
});

/** A link that the administrator hands over herself. It opens no session and takes no second factor away. */
export async function makeReset(ctx: Ctx<typeof people.makeReset>, { personId, reason }: { personId: PersonId; reason: string }) {
  const { tx, now, services, actor } = ctx;
  if (personId === actor.id) throw peopleFailures.ownReset('Cannot reset your own password: change it, or ask another administrator');
  assertProved(ctx);
  // Held until commit, so that there is one open link at a time.
  const person = await lockActive(tx, personId);
  if (!person || !holds(services, 'people_person', person)) throw personMissing();
  await endResets(ctx, { of: personId });
  const code = newToken();
  const row = {
    id: services.newId('rst'),
    person_id: personId,
    code_hash: tokenHashOf(code),
    made_by: actor.id,
    expires_at: new Date(now.getTime() + RESET_MS),
    ended_at: null,
  };
  await insertReset(tx, withSeal(services.keys, 'people_reset', row));
  ctx.record(resetMade, { personId, reason });
  const confirmable = await somebodyElseMay(ctx, people.attest.needs, [personId, actor.id]);
  return { url: `${baseUrl(services.config)}/reset#${code}`, expiresAt: row.expires_at.toISOString(), confirmable };
}

export async function reset({ tx, now, services }: Ctx<typeof people.reset>, { code }: { code: string }) {
  const { person } = await requireReset(services, { tx, now, code });
  return { organisation: (await findOrganisation(tx)) ?? '', email: person.email, name: person.name };
}

export const resetPassword = prepared<typeof people.resetPassword, { id: string; hash: string }>({
  async prepare({ db, now, services }, { code, password }) {
    const { row, person } = await requireReset(services, { tx: db, now, code });
    assertPasswordStrong(password, { ...person, organisation: (await findOrganisation(db)) ?? '' });
    return { id: row.id, hash: await hashPassword(services.keys, password) };
  },
  async run(ctx, _input, { id, hash }) {
    const { tx, now, services } = ctx;
    const row = await lockReset(tx, id, now);
    const person = row && holds(services, 'people_reset', row) ? await lockActive(tx, row.person_id) : undefined;
    if (!row || !person) throw resetMissing();
    await closeReset(tx, withSeal(services.keys, 'people_reset', { ...row, ended_at: now }));
    await replacePassword(ctx, person, hash);
    await changePerson(ctx, person, { in_doubt_since: now, in_doubt_by: row.made_by });
    await endSessions(ctx, person.id);
    // Others' guesses at the old password are nothing that the new one has to wait for.
    await forgetTries(tx, byAccount(services.keys, person.email).key);
    ctx.record(passwordReset, { personId: person.id as PersonId });
    return {};
  },
});

/** By somebody else than the two who could have used the link. */
export async function attest(ctx: Ctx<typeof people.attest>, { personId, reason }: { personId: PersonId; reason: string }) {
  const person = await lockActive(ctx.tx, personId);
  if (!person || !holds(ctx.services, 'people_person', person)) throw personMissing();
  if (person.in_doubt_since === null) throw peopleFailures.notInDoubt('Cannot confirm this person: nobody doubts that it is she');
  if ([person.id, person.in_doubt_by].includes(ctx.actor.id))
    throw peopleFailures.secondPersonNeeded('Cannot confirm this person: it takes somebody else than the two who had the link');
  await changePerson(ctx, person, { in_doubt_since: null, in_doubt_by: null });
  ctx.record(attested, { personId, reason });
  return {};
}

/** Wrong, used, replaced, lapsed and forged ones are the same to who asks. */
async function requireReset(services: Services, { tx, now, code }: { tx: Tx; now: Date; code: string }): Promise<{ row: ResetRow; person: PersonRow }> {
  const row = await findReset(tx, tokenHashOf(code), now);
  if (!row || !holds(services, 'people_reset', row)) throw resetMissing();
  const person = await findActive(tx, row.person_id);
  if (!person || !holds(services, 'people_person', person)) throw resetMissing();
  if (!(await permittedOf(services, { tx, personIds: [row.made_by], now })).get(row.made_by)?.has(people.makeReset.needs)) throw resetMissing();
  return { row, person };
}

/** Answers which password it is, and which it took the place of. */
export async function replacePassword(within: Writing, { id }: PersonRow, hash: string): Promise<{ is: string; was: string | undefined }> {
  const { password } = credentialsOf(within.services, await lockCredentials(within.tx, id));
  if (password) await endCredential(within, password);
  return { is: await addPassword(within, { personId: id, hash }), was: password?.id };
}
export async function endSessions(within: Writing, personId: string, except?: string): Promise<void> {
  for (const row of await lockSessionsOf(within.tx, personId)) {
    if (row.id !== except && holds(within.services, 'people_session', row)) await endOne(within, row);
  }
}
/** Ends the open links of a person, or those that somebody made. */
export async function endResets({ tx, now, services }: Writing, which: { of: string } | { by: string }): Promise<void> {
  for (const row of await lockResets(tx, which)) {
    if (holds(services, 'people_reset', row)) await closeReset(tx, withSeal(services.keys, 'people_reset', { ...row, ended_at: now }));
  }
}
