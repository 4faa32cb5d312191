import { existsSync, rmSync } from 'node:fs';
import type { Config } from '../config.ts';
import { createKeyfile, createPassphraseRoot, type RootKey } from '../keys.ts';
import { openPresentRoot, rootFileOf } from '../root-key.ts';
import { BackupError } from './error.ts';

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
