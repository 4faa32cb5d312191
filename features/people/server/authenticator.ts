import type { Actor } from '#platform/server/actor.ts';
import type { Services } from '#platform/server/services.ts';
import { permittedOf, rolesOf } from './persons.ts';
import { isLive, isStrong, permissionsOf, TOUCH_MS, type SessionKind } from './rules.ts';
import { holds } from './sealed.ts';
import { findSession, findToken, touchSession, touchToken } from './session-store.ts';
import { tokenHashOf } from './sessions.ts';
import { inForce, TOKEN_PREFIX } from './tokens.ts';

export interface Authenticator {
  /** The person of a browser's session, undefined when there is none that lives. Asked quietly, it is not taken for use that keeps a session alive. */
  byCookie(token: string, address: string, how?: { quietly: boolean }): Promise<Actor | undefined>;
  /** The program of a token, or the person of a command-line session. */
  byBearer(token: string, address: string, how?: { quietly: boolean }): Promise<Actor | undefined>;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Who asks, at each request anew: a role that was taken, a session that ended and a person who left count from the next one on. */
export function createAuthenticator(services: Services): Authenticator {
  return {
    byCookie: (token, address, how) => findPerson(services, { token, address, kind: 'browser', ...how }),
    byBearer(token, address, how) {
      if (token.startsWith(TOKEN_PREFIX) && TOKEN.test(token.slice(TOKEN_PREFIX.length))) return findProgram(services, { token, address });
      return findPerson(services, { token, address, kind: 'command-line', ...how });
    },
  };
}

interface Asked {
  readonly token: string;
  readonly address: string;
  readonly kind: SessionKind;
  readonly quietly?: boolean;
}
async function findPerson(services: Services, { token, address, kind, quietly }: Asked): Promise<Actor | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const { db, clock } = services;
  const now = clock.now();
  const session = await findSession(db, tokenHashOf(token));
  // A browser's session does not pass for the other kind: what a page can leak would live where no SameSite guards it.
  if (!session || session.kind !== kind || !isLive(session, now) || !holds(services, 'people_session', session)) return undefined;
  if (!holds(services, 'people_person', personOf(session))) return undefined;
  if (!quietly && now.getTime() - session.seen_at.getTime() >= TOUCH_MS) await touchSession(db, session.id, now);
  const roles = (await rolesOf(services, { tx: db, personIds: [session.person_id], now })).get(session.person_id) ?? [];
  return {
    kind: 'person',
    id: session.person_id,
    // Whoever may have been put in her place has nothing of hers, until somebody else says that it is she.
    permissions: session.person_doubt === null ? permissionsOf(roles) : new Set(),
    ...(session.person_doubt === null ? {} : { inDoubt: true as const }),
    session: { id: session.id, kind, byFactor: session.strong_at !== null, strong: isStrong(session.strong_at, now) },
    strongAt: session.proved_at,
    address,
  };
}

function personOf(session: NonNullable<Awaited<ReturnType<typeof findSession>>>) {
  return {
    id: session.person_id,
    name: session.person_name,
    email: session.person_email,
    active_from: session.person_from,
    active_to: null,
    factor_id: session.person_factor,
    in_doubt_since: session.person_doubt,
    in_doubt_by: session.person_doubt_by,
    invitation_id: session.person_invitation,
    seal: session.person_seal,
  };
}

async function findProgram(services: Services, { token, address }: { token: string; address: string }): Promise<Actor | undefined> {
  const { db, clock } = services;
  const now = clock.now();
  const row = await findToken(db, tokenHashOf(token));
  if (!row || row.ended_at !== null || row.expires_at <= now || !holds(services, 'people_token', row)) return undefined;
  const makers = await permittedOf(services, { tx: db, personIds: [row.created_by], now });
  // Its maker has left, or holds no role by a seal that holds.
  if (!makers.has(row.created_by)) return undefined;
  if (now.getTime() - (row.used_at?.getTime() ?? -Infinity) >= TOUCH_MS) await touchToken(db, row.id, now);
  return { kind: 'token', id: row.id, madeBy: row.created_by, permissions: new Set(inForce(row, makers.get(row.created_by))), address };
}
