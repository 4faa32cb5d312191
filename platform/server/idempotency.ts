import { failure, type Operation } from '@underseal/contract';
import type { Actor } from './actor.ts';
import type { Db, Tx } from './db.ts';
import type { Services } from './services.ts';

export const idempotencyFailures = {
  keyReused: failure('conflict', 'platform.key_reused'),
  alreadyDone: failure('conflict', 'platform.already_done'),
  keyWrong: failure('invalid', 'platform.key_wrong'),
};
export interface Claim {
  readonly actorId: string;
  readonly key: string;
  readonly repeated: boolean;
  readonly ids: Readonly<Record<string, string>>;
}
interface Claiming {
  readonly key: string;
  readonly actor: Actor;
  readonly operation: Operation;
  readonly input: unknown;
  readonly services: Services;
}

/** Takes an idempotency key for this call, or finds what came out when it was used before. Two at once: the second waits for the first to commit. */
export async function claimKey(tx: Tx, claiming: Claiming): Promise<Claim> {
  const { key, actor, operation, services } = claiming;
  const mac = macOf(claiming);
  const claimed = await tx
    .insertInto('platform_idempotency')
    .values({ actor_id: actor.id, key, operation: operation.name, input_mac: mac, created_at: services.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (claimed.numInsertedOrUpdatedRows === 1n) return { actorId: actor.id, key, repeated: false, ids: {} };
  return (await findClaim(tx, claiming))!;
}

/** What came out when this key was used before: asked ahead of slow work, which may refuse what it let through the first time. */
export async function findClaim(tx: Tx, claiming: Claiming): Promise<Claim | undefined> {
  const { key, actor, operation } = claiming;
  const mac = macOf(claiming);
  const before = await tx.selectFrom('platform_idempotency').selectAll().where('actor_id', '=', actor.id).where('key', '=', key).executeTakeFirst();
  if (!before) return undefined;
  if (before.operation !== operation.name || !before.input_mac.equals(mac))
    throw idempotencyFailures.keyReused('Cannot use this idempotency key: it was used for something else');
  const ids = before.ids as Record<string, string>;
  // What was told once (a token, a ticket) is not told again.
  if (!operation.output.safeParse(ids).success) throw idempotencyFailures.alreadyDone('Cannot do this again: it was done before', Object.values(ids));
  return { actorId: actor.id, key, repeated: true, ids };
}

function macOf({ key, operation, input, services }: Claiming): Buffer {
  if (!/^[\x21-\x7e]{8,128}$/.test(key)) throw idempotencyFailures.keyWrong('Cannot use this idempotency key: give 8 to 128 visible ASCII characters');
  return services.keys.blindIndex('idempotency', `${operation.name}\n${JSON.stringify(input)}`);
}

/** Keeps the ids that came out, never the answer. */
export async function keepIds(tx: Tx, { actorId, key }: Claim, answer: unknown): Promise<void> {
  const ids = Object.fromEntries(
    Object.entries(answer as Record<string, unknown>).filter(([, value]) => typeof value === 'string' && /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(value)),
  );
  await tx
    .updateTable('platform_idempotency')
    .set({ ids: JSON.stringify(ids) })
    .where('actor_id', '=', actorId)
    .where('key', '=', key)
    .execute();
}

/** A key is good for a day. */
export async function sweepKeys(db: Db, now: Date): Promise<void> {
  await db
    .deleteFrom('platform_idempotency')
    .where('created_at', '<', new Date(now.getTime() - 24 * 3600_000))
    .execute();
}
