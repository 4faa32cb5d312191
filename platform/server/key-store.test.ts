import { after } from 'node:test';
import { freshDatabase } from '#testing/database.ts';
import { command } from '#testing/global.ts';
import { openPool } from './db.ts';
import { createKeyStore, preloadKeys } from './key-store.ts';
import { keyStoreSuite } from './keys/store-suite.ts';

const database = await freshDatabase();
const { db, close } = openPool(database.app, { max: 4 });
after(async () => {
  await close();
  await database.drop();
});
const empty = () => command(database.owner, 'truncate platform_key');

keyStoreSuite('key store of the database', async () => {
  await empty();
  return createKeyStore(db);
});
keyStoreSuite('key store that has looked ahead', async () => {
  await empty();
  return preloadKeys(db, 'disclosure', ['per_1', 'per_2']);
});
