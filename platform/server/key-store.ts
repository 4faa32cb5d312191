import type { Tx } from './db.ts';
import type { KeyRow, KeyStore } from './keys.ts';

/** Where wrapped keys lie. Of two who make the same key at once, one wins and both use it. */
export function createKeyStore(tx: Tx): KeyStore {
  const load = async (purpose: string, subject: string | null = null): Promise<KeyRow | undefined> => {
    const row = await tx
      .selectFrom('platform_key')
      .selectAll()
      .where('purpose', '=', purpose)
      .where('subject', subject === null ? 'is' : '=', subject)
      .executeTakeFirst();
    return row && { id: row.id, purpose: row.purpose, subject: row.subject, wrapped: row.wrapped, createdAt: row.created_at, destroyedAt: row.destroyed_at };
  };
  return {
    load,
    async insert({ id, purpose, subject, wrapped, createdAt, destroyedAt }) {
      await tx
        .insertInto('platform_key')
        .values({ id, purpose, subject, wrapped, created_at: createdAt, destroyed_at: destroyedAt })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return (await load(purpose, subject))!;
    },
    async destroy(purpose, subject, at) {
      await tx
        .updateTable('platform_key')
        .set({ wrapped: null, destroyed_at: at })
        .where('purpose', '=', purpose)
        .where('subject', '=', subject)
        .where('destroyed_at', 'is', null)
        .execute();
    },
  };
}
