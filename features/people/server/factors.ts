import type { PersonId } from '@underseal/contract';
import { prepared } from '#platform/server/feature.ts';
import { factorAdded, factorBegun, people, peopleFailures } from '../contract.ts';
import { factorUri, newFactorSecret } from './factor.ts';
import { byPerson, countTries } from './limits.ts';
import { passwordHolds } from './password.ts';
import { changePerson } from './persons.ts';
import { holds, withSeal } from './sealed.ts';
import { forgetTries } from './session-store.ts';
import { markProved, requireSession, type Writing } from './sessions.ts';
import { checkCode, credentialsOf, factorContext, requireCredentials, spendCode, type SpentCode } from './sign-in.ts';
import { changeCredential, findOrganisation, holdActive, insertCredential, lockActive, lockCredentials, type CredentialRow } from './store.ts';

/**
 * The password is asked anew, and of an app that is there already a code, however fresh the session: who finds an open screen, and knows the password,
 * must not put an app of her own in its place.
 */
export const beginFactor = prepared<typeof people.beginFactor, SpentCode | undefined>({
  async prepare(before, { password, code }) {
    const { db, now, services, actor } = before;
    // Whoever made her link may be who asks: an app of his would stay when she is confirmed.
    if (actor.inDoubt) throw peopleFailures.inDoubt('Cannot add an app yet: a colleague has to confirm first that it is you');
    const credentials = await requireCredentials(before);
    if (credentials.factor && code === undefined) throw peopleFailures.secondFactorNeeded('Cannot replace your app: give a code of it too');
    await countTries(db, now, [byPerson(services.keys, actor.id)]);
    if (!(await passwordHolds(services.keys, password, credentials.password?.held.toString())))
      throw peopleFailures.credentialsWrong('Cannot add an app: the password is wrong');
    return credentials.factor && checkCode(before, credentials.factor, code!);
  },
  async run(ctx, _input, spent) {
    const person = await holdActive(ctx.tx, ctx.actor.id);
    if (!person) throw peopleFailures.personMissing('Cannot add an app: you have left');
    const { pending, factor } = credentialsOf(ctx.services, await lockCredentials(ctx.tx, person.id));
    if (factor?.id !== spent?.credentialId) throw peopleFailures.secondFactorNeeded('Cannot replace your app: it was replaced just now');
    if (spent) await spendCode(ctx, spent);
    if (pending) await endCredential(ctx, pending);
    const secret = newFactorSecret();
    const id = ctx.services.newId('crd');
    const held = ctx.services.keys.sealText('second-factor', factorContext(id), secret);
    await insertCredential(
      ctx.tx,
      withSeal(ctx.services.keys, 'people_credential', {
        id,
        person_id: person.id,
        kind: 'totp',
        held,
        created_at: ctx.now,
        active_from: null,
        active_to: null,
      }),
    );
    await forgetTries(ctx.tx, byPerson(ctx.services.keys, person.id).key);
    ctx.record(factorBegun, { personId: person.id as PersonId });
    return { secret, uri: factorUri(secret, { organisation: (await findOrganisation(ctx.tx)) ?? '', email: person.email }) };
  },
});

/** The first code takes the new app into use, ends the one before, and counts as a second factor of this session. */
export const confirmFactor = prepared<typeof people.confirmFactor, SpentCode>({
  async prepare(before, { code }) {
    const { pending } = await requireCredentials(before);
    if (!pending) throw peopleFailures.factorMissing('Cannot confirm an app: begin to add one first');
    return checkCode(before, pending, code);
  },
  async run(ctx, _input, spent) {
    const person = await lockActive(ctx.tx, ctx.actor.id);
    if (!person) throw peopleFailures.personMissing('Cannot add an app: you have left');
    const session = await requireSession(ctx, { locked: true });
    const { pending, factor } = credentialsOf(ctx.services, await lockCredentials(ctx.tx, session.person_id));
    if (pending?.id !== spent.credentialId) throw peopleFailures.factorMissing('Cannot confirm this app: another one was begun');
    if (factor) await endCredential(ctx, factor);
    await changeCredential(ctx.tx, withSeal(ctx.services.keys, 'people_credential', { ...pending, active_from: ctx.now }));
    await changePerson(ctx, person, { factor_id: pending.id });
    await spendCode(ctx, spent);
    await markProved(ctx, session, { strong: true });
    ctx.record(factorAdded, { personId: session.person_id as PersonId, credentialId: pending.id });
    return {};
  },
});

export async function endCredential({ tx, now, services }: Writing, row: CredentialRow): Promise<void> {
  await changeCredential(tx, withSeal(services.keys, 'people_credential', { ...row, active_to: now }));
}
/** Ends what a person can prove herself by; rows with a broken seal stay as they are, since they open nothing. */
export async function endCredentials(within: Writing, personId: string): Promise<void> {
  for (const row of await lockCredentials(within.tx, personId)) if (holds(within.services, 'people_credential', row)) await endCredential(within, row);
}
