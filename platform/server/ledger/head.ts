import { existsSync, readFileSync } from 'node:fs';
import { ed25519Verifier, formatVkey, openCheckpoint } from '@underseal/ledger';
import type { Db } from '../db.ts';
import { replaceFile } from '../durable-files.ts';
import type { KeyRing } from '../keys.ts';
import type { Log } from '../log.ts';
import { sha256, verifyEd25519 } from './hash.ts';

const KEEP_EVERY_MS = 1000;

/** The newest checkpoint that this program signed, kept where who runs the database cannot put it back: the database must hold it, or a later one. */
export interface Head {
  /** Throws when the database was put back to a state from before it. */
  assertHeld(): Promise<void>;
  advance(note: string): void;
  close(): Promise<void>;
}
interface Parts {
  /** Undefined: kept in memory alone. */
  readonly file: string | undefined;
  readonly db: Db;
  readonly keys: KeyRing;
  readonly origin: string;
  readonly log: Log;
}

export function openHead({ file, db, keys, origin, log }: Parts): Head {
  let newest = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  let kept = newest;
  let keeping = Promise.resolve();
  const verifier = ed25519Verifier(sha256, formatVkey(sha256, origin, keys.checkpointSigner(origin).publicKey), verifyEd25519);
  const keep = () => {
    const note = newest;
    if (file === undefined || note === undefined || note === kept) return keeping;
    kept = note;
    keeping = keeping
      .then(() => replaceFile(file, note))
      .catch((error: unknown) => {
        kept = undefined;
        log.error({ err: error }, 'ledger: the newest checkpoint could not be kept, will be tried again');
      });
    return keeping;
  };
  const timer = setInterval(() => void keep(), KEEP_EVERY_MS);
  timer.unref();
  return {
    async assertHeld() {
      if (newest === undefined) return;
      const { size, root } = await openCheckpoint(newest, { log: verifier }).catch(() => {
        throw new Error(`Cannot start: ${file} is not a checkpoint of this ledger; if it belongs to another installation, move it away`);
      });
      const row = await db.selectFrom('ledger_checkpoint').select('root').where('size', '=', size).executeTakeFirst();
      if (row && row.root.equals(Buffer.from(root))) return;
      throw new Error(
        `Cannot start: the ledger in the database does not hold the ${size} entries that this program has signed${file === undefined ? '' : ` (${file})`}. ` +
          'The database was put back to an older state: put the newer one back. If the older one is all there is, move that file away, and keep it: it proves what is lost',
      );
    },
    advance(note) {
      newest = note;
    },
    async close() {
      clearInterval(timer);
      await keep();
    },
  };
}
