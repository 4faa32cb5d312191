import { anyOf, type Tx } from './db.ts';
import type { KeyRow, KeyStore } from './keys.ts';
import type { Row } from './tables.ts';

/** Where wrapped keys lie. Of two who make the same key at once, one wins and both use it. */
export function createKeyStore(tx: Tx): KeyStore {
  const load = async (purpose: string, subject: string | null = null): Promise<KeyRow | undefined> => {
    const row = await tx
      .selectFrom('platform_key')
      .selectAll()
      .where('purpose', '=', purpose)
      .where('subject', subject === null ? 'is' : '=', subject)
      .executeTakeFirst();
    return row && toKeyRow(row);
  };
  return {
    load,
    async insert(row) {
      const { id, purpose, subject, wrapped, createdAt, destroyedAt } = row;
      const made = await tx
        .insertInto('platform_key')
        .values({ id, purpose, subject, wrapped, created_at: createdAt, destroyed_at: destroyedAt })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      return made ? row : (await load(purpose, subject))!;
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

/** For one piece of work within one transaction: the keys of all these subjects are asked for at once, and each only once. */
export async function preloadKeys(tx: Tx, purpose: string, subjects: readonly string[]): Promise<KeyStore> {
  const store = createKeyStore(tx);
  const wanted = [...new Set(subjects)];
  const found =
    wanted.length === 0 ? [] : await tx.selectFrom('platform_key').selectAll().where('purpose', '=', purpose).where('subject', '=', anyOf(wanted)).execute();
  const rows = new Map(wanted.map((subject) => [subject, undefined as KeyRow | undefined]));
  for (const row of found) rows.set(row.subject!, toKeyRow(row));
  const isHere = (of: string, subject: string | null | undefined): subject is string => of === purpose && typeof subject === 'string' && rows.has(subject);
  return {
    load: async (of, subject) => (isHere(of, subject) ? rows.get(subject) : store.load(of, subject)),
    async insert(row) {
      const kept = await store.insert(row);
      if (isHere(row.purpose, row.subject)) rows.set(row.subject, kept);
      return kept;
    },
    async destroy(of, subject, at) {
      await store.destroy(of, subject, at);
      rows.delete(subject);
    },
  };
}

function toKeyRow(row: Row<'platform_key'>): KeyRow {
  return { id: row.id, purpose: row.purpose, subject: row.subject, wrapped: row.wrapped, createdAt: row.created_at, destroyedAt: row.destroyed_at };
}
