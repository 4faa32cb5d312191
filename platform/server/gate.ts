import type { RawBuilder } from 'kysely';
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
  /** Inside the transaction of an act: hold the rows that give the power until commit; `change` where the act may change them. */
  readonly hold: false | 'use' | 'change';
}
/** A row that is said to give power, as the database says it: where to look, and no more. */
export interface Power {
  readonly table: string;
  readonly row: { readonly id: string };
}

/** What features below `access` may ask without knowing who answers. */
export interface Gate {
  /** Answers undefined alike for what is hidden and what does not exist, with the same statements. */
  decide(tx: Tx, question: Question): Promise<Subject | undefined>;
  /** What somebody may do with each of these secrets, by as many statements for all as for one; what is hidden or does not exist is not in it. */
  decideAll(tx: Tx, asked: { readonly who: string; readonly secretIds: Iterable<string>; readonly at: Date }): Promise<ReadonlyMap<string, Subject['may']>>;
  /**
   * A table expression `(powers jsonb)`, a list of Power: one row where the actor may know of the secret whose id the expression gives, else none. To be joined to
   * the rows of a list, so that one in the order of an index stops where its page is full.
   */
  known(actor: Actor, at: Date, id: RawBuilder<unknown>): RawBuilder<{ powers: Power[] }>;
  /**
   * What somebody may do with each of these secrets at a moment. The powers are only where to look: the rows are read themselves, and their sealed columns
   * decide. Nothing, with an alarm, where a seal does not hold. A title is opened only after this said that it may be known.
   */
  gives(
    tx: Tx,
    asked: readonly { readonly secretId: string; readonly powers: readonly Power[] }[],
    to: { readonly who: string; readonly at: Date },
  ): Promise<ReadonlyMap<string, Readonly<Record<Strength, boolean>>>>;
}
