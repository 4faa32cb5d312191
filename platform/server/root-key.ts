import { existsSync } from 'node:fs';
import pg from 'pg';
import { inData, passphraseIn, type Config } from './config.ts';
import type { DatabaseSettings } from './db.ts';
import { createKeyfile, createPassphraseRoot, openKeyfile, openPassphraseRoot, type RootKey } from './keys.ts';

/** Opens the root key; makes one only where the database is empty too. A lost key is never replaced by a new one. */
export async function openRootKey(config: Config, database: DatabaseSettings): Promise<RootKey> {
  const file = config.rootKeyFile ?? inData(config, config.passphraseFile ? 'root.sealed' : 'root.key');
  const passphrase = config.passphraseFile ? passphraseIn(config.passphraseFile) : undefined;
  if (existsSync(file)) return passphrase === undefined ? openKeyfile(file) : openPassphraseRoot(file, passphrase);
  if (await isUsed(database))
    throw new Error(`Cannot start: the root key is missing at ${file}; put it back, or make it from the recovery kit: npx underseal restore-key --kit FILE`);
  return passphrase === undefined ? createKeyfile(file) : createPassphraseRoot(file, { passphrase });
}

async function isUsed({ owner }: DatabaseSettings): Promise<boolean> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    return ((await client.query('select from platform_installation')).rowCount ?? 0) > 0;
  } finally {
    await client.end();
  }
}
