import { existsSync, readFileSync, rmSync } from 'node:fs';
import { inData, type Config } from '../config.ts';
import { createKeyfile, createPassphraseRoot, openKeyfile, openPassphraseRoot, type RootKey } from '../keys.ts';
import { BackupError } from './error.ts';

const LEAST_PASSPHRASE = 16;

/** Where the settings say that the root key lies, and what it is wrapped by. */
export function rootFileOf(config: Config): { readonly file: string; readonly passphrase: string | undefined } {
  const file = config.rootKeyFile ?? inData(config, config.passphraseFile ? 'root.sealed' : 'root.key');
  return { file, passphrase: config.passphraseFile ? readFileSync(config.passphraseFile, 'utf8').split(/\r?\n/)[0]! : undefined };
}

/** Opens the root key that is there; never makes one. */
export async function openPresentRoot(config: Config): Promise<RootKey> {
  const { file, passphrase } = rootFileOf(config);
  return passphrase === undefined ? openKeyfile(file) : openPassphraseRoot(file, passphrase);
}

export interface Keeper {
  readonly file: string;
  /** Writes the key; its bytes are zeroed. */
  keep(key: Buffer): Promise<void>;
  /** Takes away what `keep` wrote. */
  forget(): void;
}
/** Where a restore leaves the root key. One that lies there already must be the same, and stays. */
export async function findKeeper(config: Config, root: RootKey): Promise<Keeper> {
  const { file, passphrase } = rootFileOf(config);
  if (passphrase !== undefined && passphrase.length < LEAST_PASSPHRASE)
    throw new BackupError('place_used', `Cannot restore: the passphrase in UNDERSEAL_PASSPHRASE_FILE is shorter than ${LEAST_PASSPHRASE} characters`);
  if (existsSync(file)) {
    const there = await openPresentRoot(config);
    const isSame = there.id === root.id;
    there.close();
    if (!isSame) throw new BackupError('place_used', `Cannot restore: another root key lies at ${file}`);
    return {
      file,
      keep: async (key) => void key.fill(0),
      forget: () => undefined,
    };
  }
  let kept = false;
  return {
    file,
    async keep(key) {
      const made = passphrase === undefined ? await createKeyfile(file, key) : await createPassphraseRoot(file, { passphrase, key });
      kept = true;
      made.close();
    },
    forget() {
      if (kept) rmSync(file, { force: true });
    },
  };
}
