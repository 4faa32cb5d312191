import type { BlobStore } from './blobs.ts';
import type { Config } from './config.ts';
import type { Db } from './db.ts';
import type { Gate } from './gate.ts';
import type { KeyRing } from './keys.ts';
import type { Jobs } from './jobs.ts';
import type { Alone } from './ledger/alone.ts';
import type { Log } from './log.ts';
import type { Clock } from './ports.ts';
import type { Refusals } from './refusals.ts';

/** What the house lends to every handler. Made once, in the composition root. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly db: Db;
  readonly keys: KeyRing;
  readonly blobs: BlobStore;
  readonly gate: Gate;
  readonly jobs: Jobs;
  /** For what no operation does: jobs, chores. */
  readonly alone: Alone;
  /** For what is refused elsewhere than at the door: where bytes come and go. */
  readonly refusals: Pick<Refusals, 'record'>;
  /** A fresh id of a kind: `newId('sec')`. */
  newId(prefix: string): string;
  /** The page that opens every backup, to be printed: the root key stands on it. For set-up alone. */
  recoveryKit(about: { readonly organisation: string; readonly createdAt: Date }): string;
  /** Raises an alarm that operators and auditors see: a broken seal, a parked entry. Never with content. */
  alarm(code: string, facts: Readonly<Record<string, string | number>>): void;
}
