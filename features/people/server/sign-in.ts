import type { PersonId, SessionId } from '@underseal/contract';
import { prepared, type Before, type Ctx } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { people, peopleFailures, proved, signedIn, signedOut } from '../contract.ts';
import { deviceFor, deviceIdOf } from './devices.ts';
import { stepOfCode } from './factor.ts';
import { byAccount, byAccountHere, byAddress, byCode, byDevice, byPerson, countTries, takeBackTries, type Counted } from './limits.ts';
import { passwordHolds } from './password.ts';
import { KNOWN_ADDRESS_MS } from './rules.ts';
import { holds } from './sealed.ts';
import { forgetTries, isKnownAddress } from './session-store.ts';
import { addressIndexOf, endSurplus, markProved, requireSession, startSession } from './sessions.ts';
import { findActive, findActiveByEmail, findCredentials, lockActive, spendStep, type CredentialRow, type PersonRow } from './store.ts';

/** A code that fits; it is spent in the transaction that relies on it. */
export interface SpentCode {
  readonly credentialId: string;
  readonly step: number;
}
interface Checked {
  readonly personId: string;
  readonly passwordId: string;
  /** Of the browser, if she signed in there before. */
  readonly deviceId: string | undefined;
  readonly factor: SpentCode | undefined;
  readonly account: Counted;
  readonly others: readonly Counted[];
}
// One message for an unknown address, a wrong password and a wrong code: which of them it was is nobody's business.
const wrong = () => peopleFailures.credentialsWrong('Cannot sign in: mail address, password or code is wrong');

/** All that may be wrong is found before the transaction, so that tries stay counted; a stranger costs the same steps as a person. */
export const signIn = prepared<typeof people.signIn, Checked>({
  async prepare({ db, now, services, actor }, { email: typed, password, code }) {
    const { keys } = services;
    const email = typed.trim().toLowerCase();
    const found = await findActiveByEmail(db, email);
    const person = found && holds(services, 'people_person', found) ? found : undefined;
    const since = new Date(now.getTime() - KNOWN_ADDRESS_MS);
    const known = await isKnownAddress(db, { personId: person?.id ?? '', addressIndex: addressIndexOf({ services, actor }), since });
    const { password: kept, factor, broken } = credentialsOf(services, await findCredentials(db, person?.id ?? ''));
    // Computed for a stranger's account too, in the same time.
    const deviceId = deviceIdOf(keys, actor.device, { personId: person?.id ?? '', passwordId: kept?.id ?? '' });
    // A device is good for its own person alone: by it no other password can be guessed, and nobody else's guesses count here.
    const account = person && deviceId ? byDevice(keys, person.id, deviceId) : known ? byAccountHere(keys, email, actor.address) : byAccount(keys, email);
    const others = deviceId ? [] : [byAddress(keys, actor.address)];
    await countTries(db, now, [...others, account]);
    const right = await passwordHolds(keys, password, kept?.held.toString());
    // A factor whose seal is broken must not fall away: whoever can write to the database could drop it so.
    if (!person || !kept || !right || broken || isFactorMissing(person, factor)) throw wrong();
    const checked = { personId: person.id, passwordId: kept.id, deviceId, account, others };
    if (!factor) return { ...checked, factor: undefined };
    if (code === undefined) {
      await takeBackTries(db, [account, ...others]);
      throw peopleFailures.secondFactorNeeded('Cannot sign in by password alone: give the code of your app');
    }
    const step = stepOf(services, { factor, code, now });
    if (step === undefined) throw wrong();
    return { ...checked, factor: { credentialId: factor.id, step } };
  },
  async run(ctx, { kind }, { personId, passwordId, deviceId, factor, account, others }) {
    // One at a time, so that of a thousand at once no more sessions are left than there may be.
    if (!(await lockActive(ctx.tx, personId))) throw wrong();
    // What was right before the transaction may have been replaced since.
    const present = credentialsOf(ctx.services, await findCredentials(ctx.tx, personId));
    if (present.password?.id !== passwordId || present.factor?.id !== factor?.credentialId) throw wrong();
    if (factor && !(await spendStep(ctx.tx, factor.credentialId, factor.step))) throw wrong();
    for (const surplus of await endSurplus(ctx, personId)) ctx.record(signedOut, { personId: personId as PersonId, sessionId: surplus });
    const { sessionId, ...session } = await startSession(ctx, { personId, kind, strong: factor !== undefined });
    await forgetTries(ctx.tx, account.key);
    await takeBackTries(ctx.tx, others);
    ctx.record(signedIn, { personId: personId as PersonId, sessionId, strong: session.strong, address: ctx.actor.address });
    return { ...session, personId: personId as PersonId, ...deviceFor(kind, ctx, { personId, passwordId }, deviceId) };
  },
});

/** By the code where an app is enrolled: the password alone would be a way around it. */
export const prove = prepared<typeof people.prove, SpentCode | undefined>({
  async prepare(before, { code, password }) {
    const { db, now, services, actor } = before;
    const { factor, password: kept } = await requireCredentials(before);
    if (factor && code === undefined) throw peopleFailures.secondFactorNeeded('Cannot prove it by a password: give the code of your app');
    if (factor) return checkCode(before, factor, code!);
    if (password === undefined) throw peopleFailures.factorMissing('Cannot use a code: no app is in use; give your password');
    await countTries(db, now, [byPerson(services.keys, actor.id)]);
    if (!(await passwordHolds(services.keys, password, kept?.held.toString()))) throw peopleFailures.credentialsWrong('Cannot prove it: the password is wrong');
    return undefined;
  },
  async run(ctx, _input, spent) {
    const session = await requireSession(ctx, { locked: true });
    if (spent) await spendCode(ctx, spent);
    else await forgetTries(ctx.tx, byPerson(ctx.services.keys, ctx.actor.id).key);
    await markProved(ctx, session, { strong: spent !== undefined });
    ctx.record(proved, { personId: session.person_id as PersonId, sessionId: session.id as SessionId, strong: spent !== undefined });
    return {};
  },
});

/** What a person can prove herself by, of rows whose seals hold. */
export function credentialsOf(services: Pick<Services, 'keys' | 'alarm'>, rows: readonly CredentialRow[]) {
  const held = rows.filter((row) => holds(services, 'people_credential', row));
  return {
    password: held.find((row) => row.kind === 'password' && row.active_from !== null),
    factor: held.find((row) => row.kind === 'totp' && row.active_from !== null),
    /** Begun, not yet confirmed by its first code. */
    pending: held.find((row) => row.kind === 'totp' && row.active_from === null),
    broken: held.length < rows.length,
  };
}
/** The own credentials of a signed-in person, of whom no seal is broken. */
export async function requireCredentials({ db, services, actor }: Before) {
  const found = credentialsOf(services, await findCredentials(db, actor.id));
  const person = await findActive(db, actor.id);
  if (found.broken || !person || !holds(services, 'people_person', person) || isFactorMissing(person, found.factor))
    throw peopleFailures.credentialsWrong('Cannot use your credentials: they were changed from outside; ask an administrator');
  return found;
}

/** The row of a second factor that was taken away must not take it away. */
function isFactorMissing({ factor_id }: PersonRow, factor: CredentialRow | undefined): boolean {
  return factor_id !== null && factor?.id !== factor_id;
}

/** Counts the try, then answers which step's code this is. Throws `code_wrong`, `too_many_tries`. */
export async function checkCode({ db, now, services, actor }: Before, factor: CredentialRow, code: string): Promise<SpentCode> {
  await countTries(db, now, [byCode(services.keys, actor.id)]);
  const step = stepOf(services, { factor, code, now });
  if (step === undefined) throw peopleFailures.codeWrong('Cannot use this code: it is wrong or was used before');
  return { credentialId: factor.id, step };
}
export async function spendCode(ctx: Pick<Ctx, 'tx' | 'services' | 'actor'>, { credentialId, step }: SpentCode): Promise<void> {
  if (!(await spendStep(ctx.tx, credentialId, step))) throw peopleFailures.codeWrong('Cannot use this code: it is wrong or was used before');
  await forgetTries(ctx.tx, byCode(ctx.services.keys, ctx.actor.id).key);
}
/** Only of a step later than the last one that was used. */
function stepOf({ keys }: Services, { factor, code, now }: { factor: CredentialRow; code: string; now: Date }): number | undefined {
  const step = stepOfCode(openFactor(keys, factor), code, now);
  return step !== undefined && step > factor.last_step ? step : undefined;
}
function openFactor(keys: Services['keys'], { id, held }: CredentialRow): string {
  return keys.openText('second-factor', factorContext(id), held);
}
export function factorContext(credentialId: string): string {
  return `people_credential|held|${credentialId}`;
}
