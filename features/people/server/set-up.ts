import { timingSafeEqual } from 'node:crypto';
import type { PersonId } from '@underseal/contract';
import { prepared, type Before } from '#platform/server/feature.ts';
import type { Services } from '#platform/server/services.ts';
import { installed, people, peopleFailures, roleChanged, signedIn, type Role } from '../contract.ts';
import { deviceFor } from './devices.ts';
import { hashPassword } from './password.ts';
import { assertPasswordStrong } from './password-rule.ts';
import { addPassword, addPerson } from './persons.ts';
import { SETUP_CODE_MS, SETUP_TRIES } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { newToken, startSession, tokenHashOf } from './sessions.ts';
import { dropSetup, findOrganisation, hasPersons, insertOrganisation, keepSetup, takeSetupTry, wasInstalled } from './store.ts';

/** The first person of a small company lets people in, registers secrets and counsels on them; she can hand each of it on. */
const FIRST_ROLES: readonly Role[] = ['administrator', 'counsel', 'owner'];

/** By its row, or by the ledger where that was removed by hand: a second set-up would give the recovery kit to a stranger. */
export async function isInstalled({ db }: Services): Promise<boolean> {
  return (await findOrganisation(db)) !== undefined || (await wasInstalled(db));
}

/** Makes the one-time code that sets up, while nothing is. Only its hash is kept; the code of an earlier start is void. */
export async function announceSetUp(services: Services): Promise<{ code: string; expiresAt: Date } | undefined> {
  if (await isInstalled(services)) return undefined;
  const code = newToken().slice(0, 24);
  const expiresAt = new Date(services.clock.now().getTime() + SETUP_CODE_MS);
  await keepSetup(services.db, withSeal(services.keys, 'people_setup', { code_hash: tokenHashOf(code), expires_at: expiresAt }));
  return { code, expiresAt };
}

const alreadyInstalled = () => peopleFailures.alreadyInstalled('Cannot set up: this installation has been set up');

export const install = prepared<typeof people.install, { hash: string }>({
  async prepare(before, { code, password, email, name, organisation }) {
    if (await isInstalled(before.services)) throw alreadyInstalled();
    assertPasswordStrong(password, { email, name, organisation });
    await assertSetupCode(before, code);
    return { hash: await hashPassword(before.services.keys, password) };
  },
  async run(ctx, { organisation, name, email, kind }, { hash }) {
    // Persons without an organisation mean that its row was removed by hand: that opens no second set-up.
    if (!(await insertOrganisation(ctx.tx, { name: organisation, at: ctx.now })) || (await hasPersons(ctx.tx))) throw alreadyInstalled();
    await dropSetup(ctx.tx);
    const personId = (await addPerson(ctx, { name, email, roles: FIRST_ROLES, invitationId: null })) as PersonId;
    const passwordId = await addPassword(ctx, { personId, hash });
    const { sessionId, ...session } = await startSession(ctx, { personId, kind, strong: false });
    ctx.record(installed, { personId, organisation, email, name });
    for (const role of FIRST_ROLES) ctx.record(roleChanged, { personId, role, given: true, reason: 'First person of the installation' });
    ctx.record(signedIn, { personId, sessionId, strong: false, address: ctx.actor.address });
    return {
      ...session,
      personId,
      ...deviceFor(kind, ctx, { personId, passwordId }),
      recoveryKit: ctx.services.recoveryKit({ organisation, createdAt: ctx.now }),
    };
  },
});

/** Counted outside of the act's transaction, so that a refusal does not give the try back. */
async function assertSetupCode({ db, now, services }: Before, code: string): Promise<void> {
  const row = await takeSetupTry(db, { most: SETUP_TRIES, now });
  // Somebody else was faster since the first look: the code went with his set-up.
  if (!row && (await isInstalled(services))) throw alreadyInstalled();
  if (!row || !holds(services, 'people_setup', row) || !timingSafeEqual(row.code_hash, tokenHashOf(code))) {
    throw peopleFailures.codeWrong('Cannot set up: the code is wrong, too old or was tried too often; start the server again for a new one');
  }
}
