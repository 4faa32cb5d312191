import type { PersonId, SessionId } from '@underseal/contract';
import { PersonId as PersonIdSchema } from '@underseal/contract';
import type { z } from 'zod';
import { feature, type Ctx, type Running } from '#platform/server/feature.ts';
import { readCursor, toPage } from '#platform/server/paging.ts';
import type { Services } from '#platform/server/services.ts';
import { people, peopleFailures } from '../contract.ts';
import { beginFactor, confirmFactor } from './factors.ts';
import { accept, invitation, invitations, invite, withdrawInvitation } from './joining.ts';
import { attest, changePassword, makeReset, reset, resetPassword } from './passwords.ts';
import { rolesOf } from './persons.ts';
import { holds } from './sealed.ts';
import { changeRole, leave } from './roles.ts';
import { DAY_MS, isStrong, KEPT_SESSION_MS, provedFor } from './rules.ts';
import { dropSessions, dropTries } from './session-store.ts';
import { endSession, requireSession, sessions, signOut } from './sessions.ts';
import { sealedInvitations, sealedPersons, sealedResets, sealedRoles, sealedTokens } from './sealed-rows.ts';
import { install, isInstalled } from './set-up.ts';
import { prove, signIn } from './sign-in.ts';
import { findActive, findOrganisation, listPersons } from './store.ts';
import { endToken, makeToken, tokens } from './tokens.ts';

export { createAuthenticator, type Authenticator } from './authenticator.ts';
export { announceSetUp, isInstalled } from './set-up.ts';
export { allowancesOf, ALTERED, listNames, standingsOf, type Allowance, type Standing } from './standing.ts';

export const peopleFeature = feature(
  people,
  {
    status: async ({ actor, services }) => ({ installed: await isInstalled(services), signedIn: actor.kind === 'person' }),
    install,
    signIn,
    signOut,
    me,
    sessions,
    endSession,
    beginFactor,
    confirmFactor,
    prove,
    changePassword,
    makeReset,
    reset,
    resetPassword,
    attest,
    list,
    invite,
    invitation,
    invitations,
    withdrawInvitation,
    accept,
    changeRole,
    leave,
    tokens,
    makeToken,
    endToken,
  },
  { sealed: [sealedPersons, sealedRoles, sealedTokens, sealedInvitations, sealedResets], start: startSweeping },
);

async function me(ctx: Ctx<typeof people.me>) {
  const { tx, now, services, actor } = ctx;
  const person = await findActive(tx, actor.id);
  if (!person) throw peopleFailures.personMissing('Cannot find you among those who work here');
  const session = await requireSession(ctx, { locked: false });
  return {
    id: person.id as PersonId,
    name: person.name,
    email: person.email,
    organisation: (await findOrganisation(tx)) ?? '',
    roles: (await rolesOf(services, { tx, personIds: [person.id], now })).get(person.id) ?? [],
    permissions: [...actor.permissions].sort(),
    inDoubt: person.in_doubt_since !== null,
    secondFactor: person.factor_id !== null,
    session: {
      id: session.id as SessionId,
      strong: isStrong(session.strong_at, now),
      expiresAt: session.expires_at.toISOString(),
      proved: provedFor(actor.strongAt ?? null, now),
    },
  };
}

/** Who works here and who did, by name. */
async function list(
  { tx, now, services, actor }: Ctx<typeof people.list>,
  { search, state, roles: wanted, cursor, limit }: z.output<typeof people.list.input>,
) {
  const rows = await listPersons(tx, { search, state, roles: wanted, at: now, after: readCursor(PersonIdSchema, cursor), limit: limit + 1 });
  const { items, next } = toPage(rows, limit, { item: (row) => row, key: (row) => row.id });
  // Who was changed by hand is shown, without the roles that she does not have so.
  const honest = items.filter((row) => holds(services, 'people_person', row)).map((row) => row.id);
  const roles = await rolesOf(services, { tx, personIds: honest, now });
  // The database narrows down; roles count by their seals.
  const fitting = wanted ? items.filter(({ id }) => roles.get(id)?.some((role) => wanted.includes(role))) : items;
  return {
    next,
    items: fitting.map(({ id, name, email, active_from, active_to, factor_id, in_doubt_since, in_doubt_by }) => ({
      id: id as PersonId,
      name,
      email,
      roles: roles.get(id) ?? [],
      active: active_to === null,
      inDoubt: active_to === null && in_doubt_since !== null,
      confirmable: active_to === null && in_doubt_since !== null && actor.permissions.has(people.attest.needs) && ![id, in_doubt_by].includes(actor.id),
      since: active_from.toISOString(),
      secondFactor: active_to === null && factor_id !== null,
    })),
  };
}

/** Forgets old tries and sessions, hourly. */
async function startSweeping({ db, clock, log }: Services): Promise<Running> {
  const sweep = async () => {
    const now = clock.now().getTime();
    await dropTries(db, new Date(now - DAY_MS));
    await dropSessions(db, new Date(now - KEPT_SESSION_MS));
  };
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = sweep().catch((error: unknown) => log.error({ err: error }, 'people: could not forget old tries, will be tried again'));
  }, 60 * 60_000);
  timer.unref();
  return {
    isReady: () => true,
    settle: () => last,
    async close() {
      clearInterval(timer);
      await last;
    },
  };
}
