import { existsSync } from 'node:fs';
import pg from 'pg';
import { inData, passphraseIn, type Config } from './config.ts';
import type { DatabaseSettings } from './db.ts';
import { createKeyfile, createPassphraseRoot, openKeyfile, openPassphraseRoot, type RootKey } from './keys.ts';

/** Where the settings say that the root key lies, and what it is wrapped by. */
export function rootFileOf(config: Config): { readonly file: string; readonly passphrase: string | undefined } {
  const file = config.rootKeyFile ?? inData(config, config.passphraseFile ? 'root.sealed' : 'root.key');
  return { file, passphrase: config.passphraseFile ? passphraseIn(config.passphraseFile) : undefined };
}

/** Opens the root key that is there; never makes one. */
export async function openPresentRoot(config: Config): Promise<RootKey> {
  const { file, passphrase } = rootFileOf(config);
  return passphrase === undefined ? openKeyfile(file) : openPassphraseRoot(file, passphrase);
}

/** Opens the root key; makes one only where the database is empty too. A lost key is never replaced by a new one. */
export async function openRootKey(config: Config, database: DatabaseSettings): Promise<RootKey> {
  const { file, passphrase } = rootFileOf(config);
  if (existsSync(file)) return openPresentRoot(config);
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
