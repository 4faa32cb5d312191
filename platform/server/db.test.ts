import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { freshDatabase } from '#testing/database.ts';
import { isDatabaseAway, openPool } from './db.ts';

const database = await freshDatabase();
const { db, close } = openPool(database.app, { max: 2 });
after(async () => {
  await close();
  await database.drop();
});

test('a connection that ends in the midst of a transaction, or between two statements of it, is the database away', async () => {
  const end = sql`select pg_terminate_backend(pg_backend_pid())`;
  await assert.rejects(
    db.transaction().execute((tx) => end.execute(tx)),
    isDatabaseAway,
  );
  const caught = db.transaction().execute(async (tx) => {
    await end.execute(tx).catch(() => undefined);
    await sql`select 1`.execute(tx);
  });
  await assert.rejects(caught, isDatabaseAway);
  assert.equal((await sql<{ one: number }>`select 1 as one`.execute(db)).rows[0]!.one, 1, 'the next connection is a new one');
});

test('what is wrong with a statement is not the database away', async () => {
  await assert.rejects(sql`select 1 / 0`.execute(db), (error) => !isDatabaseAway(error));
  assert.equal(isDatabaseAway('away'), false);
});
