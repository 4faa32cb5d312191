import type { Actor } from '#platform/server/actor.ts';
import type { Services } from '#platform/server/services.ts';
import { permittedOf, rolesOf } from './persons.ts';
import { isLive, isStrong, permissionsOf, TOUCH_MS, type SessionKind } from './rules.ts';
import { holds } from './sealed.ts';
import { findSession, findToken, touchSession, touchToken } from './session-store.ts';
import { tokenHashOf } from './sessions.ts';
import { inForce, TOKEN_PREFIX } from './tokens.ts';

export interface Authenticator {
  /** The person of a browser's session, undefined when there is none that lives. */
  byCookie(token: string, address: string): Promise<Actor | undefined>;
  /** The program of a token, or the person of a command-line session. */
  byBearer(token: string, address: string): Promise<Actor | undefined>;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Who asks, at each request anew: a role that was taken, a session that ended and a person who left count from the next one on. */
export function createAuthenticator(services: Services): Authenticator {
  return {
    byCookie: (token, address) => findPerson(services, { token, address, kind: 'browser' }),
    byBearer(token, address) {
      if (token.startsWith(TOKEN_PREFIX) && TOKEN.test(token.slice(TOKEN_PREFIX.length))) return findProgram(services, { token, address });
      return findPerson(services, { token, address, kind: 'command-line' });
    },
  };
}

async function findPerson(services: Services, { token, address, kind }: { token: string; address: string; kind: SessionKind }): Promise<Actor | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const { db, clock } = services;
  const now = clock.now();
  const session = await findSession(db, tokenHashOf(token));
  // A browser's session does not pass for the other kind: what a page can leak would live where no SameSite guards it.
  if (!session || session.kind !== kind || !isLive(session, now) || !holds(services, 'people_session', session)) return undefined;
  const { person_id: id, person_name: name, person_email: email, person_from: active_from, person_seal: seal } = session;
  if (!holds(services, 'people_person', { id, name, email, active_from, active_to: null, seal })) return undefined;
  if (now.getTime() - session.seen_at.getTime() >= TOUCH_MS) await touchSession(db, session.id, now);
  const roles = (await rolesOf(services, { tx: db, personIds: [session.person_id], now })).get(session.person_id) ?? [];
  return {
    kind: 'person',
    id: session.person_id,
    permissions: permissionsOf(roles),
    session: { id: session.id, kind, byFactor: session.strong_at !== null, strong: isStrong(session.strong_at, now) },
    strongAt: session.proved_at,
    address,
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
  return { kind: 'token', id: row.id, permissions: new Set(inForce(row, makers.get(row.created_by))), address };
}
