import type { Actor } from './actor.ts';
import type { Tx } from './db.ts';

export type Strength = 'know' | 'open' | 'own';
/** What the gate found out about one subject for one actor. */
export interface Subject {
  readonly secretId: string;
  readonly may: Readonly<Record<Strength, boolean>>;
}
export interface Question {
  readonly actor: Actor;
  /** Any id that the map of subjects may hold: secret, document, version, upload, grant, element. */
  readonly id: string;
  readonly at: Date;
  /** Inside the transaction of an act: hold the row that gives the power until commit. */
  readonly hold: boolean;
}

/** What features below `access` may ask without knowing who answers. */
export interface Gate {
  /** Answers undefined alike for what is hidden and what does not exist, with the same statements. */
  decide(tx: Tx, question: Question): Promise<Subject | undefined>;
  /** The secrets that a person may know of, as a subquery of ids with the sealed row that gives the power. */
  known(tx: Tx, actor: Actor, at: Date): KnownQuery;
  /** Whether the seal of a power row, as `known` answers it, holds. Alarms when it does not. */
  holds(power: Power): boolean;
}
export interface Power {
  readonly table: string;
  readonly row: Readonly<Record<string, string | number | boolean | null>>;
  /** Hex. */
  readonly seal: string;
}
import type { RawBuilder } from 'kysely';
/** A table expression `(secret_id text, power jsonb)`; `power` is a Power. One row a secret. */
export type KnownQuery = RawBuilder<{ secret_id: string; power: Power }>;
