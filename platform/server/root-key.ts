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

const ROOT_LOCK = 4_380_004;
/**
 * Opens the root key for `work`; makes one only where the database is empty too. A lost key is never replaced by a new one. Of two first starts on one database
 * the second waits until the first has bound the database to its key.
 */
export async function withRootKey<T>(config: Config, { owner }: DatabaseSettings, work: (root: RootKey) => Promise<T>): Promise<T> {
  const { file, passphrase } = rootFileOf(config);
  if (existsSync(file)) return work(await openPresentRoot(config));
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [ROOT_LOCK]);
    if (existsSync(file)) return await work(await openPresentRoot(config));
    if (await isUsed(client))
      throw new Error(`Cannot start: the root key is missing at ${file}; put it back, or make it from the recovery kit: npx underseal restore-key --kit FILE`);
    return await work(await (passphrase === undefined ? createKeyfile(file) : createPassphraseRoot(file, { passphrase })));
  } finally {
    await client.end();
  }
}

async function isUsed(client: pg.Client): Promise<boolean> {
  return ((await client.query('select from platform_installation')).rowCount ?? 0) > 0;
}
