import { existsSync } from 'node:fs';
import { findKeeper } from '#platform/server/backup/keeper.ts';
import { openPresentRoot, rootFileOf } from '#platform/server/root-key.ts';
import { readConfig, type Config } from '#platform/server/config.ts';
import { openPool } from '#platform/server/db.ts';
import { createKeyStore } from '#platform/server/key-store.ts';
import { assertSameRoot, openKeyRing, readRecoveryKit, type RootKey } from '#platform/server/keys.ts';
import { toRootKey } from '#platform/server/keys/root.ts';
import { CliError, say, writeJson, type Common, type Io } from './io.ts';
import { openHere } from './present.ts';
import { readKit } from './restore.ts';

/** Data whole, root key lost: writes it from the kit, once it has opened the keys that lie here. Never over a file. */
export async function restoreKey(io: Io, { kit, json }: Common & { readonly kit: string }): Promise<number> {
  const config = readConfig(io.env);
  const key = readRecoveryKit(await readKit(kit));
  const root = toRootKey(Buffer.from(key));
  try {
    await assertNoKey(config, root);
    await assertOpens(config, root);
    const keeper = await findKeeper(config, root);
    await keeper.keep(Buffer.from(key));
    say(io, `The root key ${root.id} opens the keys of this database, and lies in ${keeper.file} again. Start the server, and put the kit back into its safe.`);
    if (json) writeJson(io, { rootKey: root.id, file: keeper.file });
    return 0;
  } finally {
    key.fill(0);
    root.close();
  }
}

async function assertNoKey(config: Config, root: RootKey): Promise<void> {
  const { file } = rootFileOf(config);
  if (!existsSync(file)) return;
  const there = await openPresentRoot(config).catch(() => undefined);
  there?.close();
  if (there?.id === root.id)
    throw new CliError('usage', `Cannot restore the root key: it lies at ${file} already, whole, and is the one of this kit`, 'Nothing is to be done.');
  throw new CliError(
    'usage',
    `Cannot restore the root key: ${there ? 'another one lies' : 'a file that does not open lies'} at ${file}`,
    'Move it away first, and keep it until all is well.',
  );
}

/** A key that opens nothing here would bar the right one from its place. */
async function assertOpens(config: Config, root: RootKey): Promise<void> {
  const place = await openHere(config);
  const pool = openPool(place.owner, { max: 1, onError: () => undefined });
  try {
    const here = await pool.db
      .selectFrom('platform_installation')
      .select('root_check')
      .executeTakeFirst()
      .catch((error: unknown) => {
        if ((error as { code?: string }).code === UNDEFINED_TABLE) return undefined;
        throw error;
      });
    if (!here)
      throw new CliError(
        'usage',
        'Cannot restore the root key: nothing was ever set up in this database',
        'Give UNDERSEAL_DATA or DATABASE_URL of your server.',
      );
    assertSameRoot(root, here.root_check);
    const keys = await openKeyRing(root, createKeyStore(pool.db));
    keys.close();
  } finally {
    await pool.close();
    await place.close();
  }
}
const UNDEFINED_TABLE = '42P01';
