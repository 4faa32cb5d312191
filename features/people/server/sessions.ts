import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '#platform/server/actor.ts';
import type { Tx } from '#platform/server/db.ts';
import type { Ctx } from '#platform/server/feature.ts';
import { readCursor, toPage } from '#platform/server/paging.ts';
import type { Services } from '#platform/server/services.ts';
import { z } from 'zod';
import type { PersonId, SessionId } from '@underseal/contract';
import { people, peopleFailures, signedOut } from '../contract.ts';
import { BROWSER_IDLE_MS, isLive, isStrong, networkOf, sessionEnd, SESSIONS_MOST, type SessionKind } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { changeSession, findOwnSession, insertSession, listSessions, lockOpenSessionsOf, lockOwnSession, type SessionRow } from './session-store.ts';

/** The part of a context that a step shared by several acts needs. */
export type Within = Pick<Ctx, 'tx' | 'now' | 'services' | 'actor'>;
/** What rows are written with: of an act, or of who holds the machine. */
export interface Writing {
  readonly tx: Tx;
  readonly now: Date;
  readonly services: Pick<Services, 'keys' | 'alarm' | 'newId'>;
}

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}
/** Tokens are as random as a key, so a plain hash keeps them; only the hash is stored. */
export function tokenHashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
export function addressIndexOf({ services, actor }: { services: Within['services']; actor: Actor }): Buffer {
  return services.keys.blindIndex('people-address', networkOf(actor.address));
}

export async function startSession({ tx, now, services, actor }: Within, { personId, kind, strong }: { personId: string; kind: SessionKind; strong: boolean }) {
  const token = newToken();
  const row = {
    id: services.newId('ses'),
    person_id: personId,
    token_hash: tokenHashOf(token),
    kind,
    started_at: now,
    expires_at: sessionEnd(kind, now),
    strong_at: strong ? now : null,
    proved_at: now,
    ended_at: null,
    seen_at: now,
    address_index: addressIndexOf({ services, actor }),
  };
  await insertSession(tx, withSeal(services.keys, 'people_session', row));
  return { sessionId: row.id as SessionId, sessionToken: token, expiresAt: row.expires_at.toISOString(), strong };
}
/** Makes room for one more, and answers which had to go for it: those that were not used for longest. */
export async function endSurplus(within: Within, personId: string): Promise<SessionId[]> {
  const { tx, now, services } = within;
  const open = (await lockOpenSessionsOf(tx, personId, now)).filter((row) => isLive(row, now) && holds(services, 'people_session', row));
  const longest = open.toSorted((a, b) => a.seen_at.getTime() - b.seen_at.getTime() || (a.id < b.id ? -1 : 1));
  const surplus = longest.slice(0, Math.max(0, open.length - SESSIONS_MOST + 1));
  for (const row of surplus) await endOne(within, row);
  return surplus.map((row) => row.id as SessionId);
}
export async function endOne({ tx, now, services }: Writing, row: SessionRow): Promise<void> {
  await changeSession(tx, withSeal(services.keys, 'people_session', { ...row, ended_at: now }));
}
/** The session in use, of whose seal the authenticator was sure a moment ago; locked where it will change. */
export async function requireSession({ tx, now, services, actor }: Within, { locked }: { locked: boolean }): Promise<SessionRow> {
  const which = { id: actor.session?.id ?? '', personId: actor.id };
  const row = await (locked ? lockOwnSession(tx, which) : findOwnSession(tx, which));
  if (!row || !isLive(row, now) || !holds(services, 'people_session', row)) throw peopleFailures.sessionMissing('Cannot find the session: it has ended');
  return row;
}
/** The person proved herself just now; strong: by a second factor. */
export async function markProved({ tx, now, services }: Within, row: SessionRow, { strong }: { strong: boolean }): Promise<void> {
  await changeSession(tx, withSeal(services.keys, 'people_session', { ...row, proved_at: now, strong_at: strong ? now : row.strong_at }));
}

/** What lets somebody in, or gives power, asks for it: a screen that was left open would be a way to all of it. */
export function assertProved({ actor, now }: Pick<Within, 'actor' | 'now'>): void {
  if (!isStrong(actor.strongAt ?? null, now)) throw peopleFailures.proofNeeded('Cannot do this yet: prove that it is you');
}

export async function signOut(ctx: Ctx<typeof people.signOut>) {
  const row = await requireSession(ctx, { locked: true });
  await endOne(ctx, row);
  ctx.record(signedOut, { personId: row.person_id as PersonId, sessionId: row.id as SessionId });
  return {};
}
export async function endSession(ctx: Ctx<typeof people.endSession>, { sessionId }: { sessionId: SessionId }) {
  const row = await lockOwnSession(ctx.tx, { id: sessionId, personId: ctx.actor.id });
  // A row whose seal is broken is never sealed anew: it gives no session as it is.
  if (!row || !isLive(row, ctx.now) || !holds(ctx.services, 'people_session', row))
    throw peopleFailures.sessionMissing('Cannot find this session among your open ones');
  await endOne(ctx, row);
  ctx.record(signedOut, { personId: row.person_id as PersonId, sessionId });
  return {};
}

/** Only what an id has: a zero byte in it would not be refused before the database. */
const ByAge = z.tuple([z.iso.datetime({ precision: 3 }), z.string().regex(/^[a-z]{3}_[0-9a-z]{26}$/)]);
export async function sessions({ tx, now, actor, services }: Ctx<typeof people.sessions>, { cursor, limit }: { cursor?: string | undefined; limit: number }) {
  const rows = await listSessions(tx, actor.id, { now, idleSince: new Date(now.getTime() - BROWSER_IDLE_MS), before: toBefore(cursor), limit: limit + 1 });
  const { items, next } = toPage(rows, limit, { item: (row) => row, key: (row) => [row.started_at.toISOString(), row.id] });
  return {
    next,
    items: items.filter((row) => holds(services, 'people_session', row)).map((row) => toSession(row, { now, current: row.id === actor.session?.id })),
  };
}
function toSession(row: SessionRow, { now, current }: { now: Date; current: boolean }) {
  return {
    id: row.id as SessionId,
    current,
    kind: row.kind as SessionKind,
    strong: isStrong(row.strong_at, now),
    startedAt: row.started_at.toISOString(),
    seenAt: row.seen_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
export function toBefore(cursor: string | undefined): { at: Date; id: string } | undefined {
  const read = readCursor(ByAge, cursor);
  return read && { at: new Date(read[0]), id: read[1] };
}
