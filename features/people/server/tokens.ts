import type { PersonId, TokenId } from '@underseal/contract';
import type { Ctx } from '#platform/server/feature.ts';
import { toPage } from '#platform/server/paging.ts';
import { people, peopleFailures, tokenEnded, tokenMade, type TokenPermission } from '../contract.ts';
import { permittedOf } from './persons.ts';
import { DAY_MS } from './rules.ts';
import { holds, withSeal } from './sealed.ts';
import { closeToken, insertToken, listTokens, lockToken, type TokenRow } from './session-store.ts';
import { assertProved, newToken, toBefore, tokenHashOf } from './sessions.ts';

export const TOKEN_PREFIX = 'ust_';

export async function tokens({ tx, now, services }: Ctx<typeof people.tokens>, { cursor, limit }: { cursor?: string | undefined; limit: number }) {
  const rows = await listTokens(tx, { before: toBefore(cursor), limit: limit + 1 });
  const { items, next } = toPage(rows, limit, { item: (row) => row, key: (row) => [row.created_at.toISOString(), row.id] });
  const held = items.filter((row) => holds(services, 'people_token', row));
  const makers = await permittedOf(services, { tx, personIds: held.map((row) => row.created_by), now });
  return { next, items: held.map((row) => toToken(row, makers.get(row.created_by))) };
}
function toToken(row: TokenRow, makerMay: ReadonlySet<string> | undefined) {
  return {
    id: row.id as TokenId,
    name: row.name,
    madeBy: row.created_by as PersonId,
    permissions: row.permissions as TokenPermission[],
    inForce: inForce(row, makerMay) as TokenPermission[],
    createdAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
    expiresAt: row.expires_at.toISOString(),
  };
}
/** What a token may do at this moment: what it was given, as far as its maker still may it. */
export function inForce({ permissions }: Pick<TokenRow, 'permissions'>, makerMay: ReadonlySet<string> | undefined): string[] {
  return permissions.filter((permission) => makerMay?.has(permission));
}

/** Nobody gives a program what is not her own to do. The prefix lets scanners of repositories find a token that got lost there. */
export async function makeToken(
  ctx: Ctx<typeof people.makeToken>,
  { name, permissions, days }: { name: string; permissions: readonly TokenPermission[]; days: number },
) {
  assertProved(ctx);
  const token = `${TOKEN_PREFIX}${newToken()}`;
  const given = [...new Set(permissions)];
  const beyond = given.filter((permission) => !ctx.actor.permissions.has(permission));
  if (beyond.length > 0) throw peopleFailures.tokenBeyondMaker('Cannot make this token: it would do what your roles do not let you do', beyond);
  const row = {
    id: ctx.services.newId('tok'),
    name,
    permissions: given,
    token_hash: tokenHashOf(token),
    created_by: ctx.actor.id,
    created_at: ctx.now,
    expires_at: new Date(ctx.now.getTime() + days * DAY_MS),
    ended_at: null,
  };
  await insertToken(ctx.tx, withSeal(ctx.services.keys, 'people_token', row));
  const tokenId = row.id as TokenId;
  ctx.record(tokenMade, { tokenId, permissions: given });
  return { tokenId, token, expiresAt: row.expires_at.toISOString() };
}

export async function endToken(ctx: Ctx<typeof people.endToken>, { tokenId }: { tokenId: TokenId }) {
  const row = await lockToken(ctx.tx, tokenId);
  if (!row || !holds(ctx.services, 'people_token', row)) throw peopleFailures.tokenMissing('Cannot find this token among those in use');
  await closeToken(ctx.tx, withSeal(ctx.services.keys, 'people_token', { ...row, ended_at: ctx.now }));
  ctx.record(tokenEnded, { tokenId });
  return {};
}
