import type {
  AnswerOf,
  Contract,
  EventData,
  EventDefinition,
  InputOf,
  Operation,
  Operations,
  OutputOf,
  ParsedOf,
  RecordsOf,
  Ticket,
} from '@underseal/contract';
import type { Actor } from './actor.ts';
import type { Db, Tx } from './db.ts';
import type { Subject } from './gate.ts';
import type { Services } from './services.ts';

/** What a handler is given. Nothing in it reaches the outside world: mail, keys and calls go through `prepare`, jobs or reactions. */
export interface Ctx<Op = Operation> {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly now: Date;
  readonly services: Services;
  /** What the gate said of the subject named by `about`; throws in an operation without one. */
  readonly subject: Subject;
  /** Puts an entry into the ledger with this transaction; answers the entry's id. */
  record<E extends RecordsOf<Op>>(event: E, data: E extends EventDefinition<infer F> ? EventData<F> : never): string;
  /** Calls another operation in this transaction, as the same actor; its permission and gate are asked as ever. */
  call<Other extends Operation>(operation: Other, input: InputOf<Other>): Promise<AnswerOf<Other>>;
  /** Tells the gate that this new id belongs to that secret. */
  belongs(id: string, secretId: string): Promise<void>;
  /** A one-use leave to send or fetch bytes, bound to the session in use, good for 30 seconds. */
  ticket(kind: string, payload: Readonly<Record<string, string | number>>): Promise<Ticket>;
}

/** What slow work before the transaction is given: no transaction is open, nothing can be recorded. */
export interface Before {
  readonly db: Db;
  readonly actor: Actor;
  readonly now: Date;
  readonly services: Services;
  readonly subject: Subject | undefined;
}

export type Plain<Op> = (ctx: Ctx<Op>, input: ParsedOf<Op>) => Promise<OutputOf<Op>>;
export interface Slow<Op, P> {
  prepare(before: Before, input: ParsedOf<Op>): Promise<P>;
  run(ctx: Ctx<Op>, input: ParsedOf<Op>, prepared: P): Promise<OutputOf<Op>>;
}
// oxlint-disable-next-line typescript/no-explicit-any -- what was prepared is known to its own run alone
export type Handler<Op> = Plain<Op> | Slow<Op, any>;
export type Handlers<Ops extends Operations> = { readonly [K in keyof Ops]: Handler<Ops[K]> };

export interface Feature<N extends string = string, Ops extends Operations = Operations> {
  readonly contract: Contract<N, Ops>;
  readonly handlers: Readonly<Record<string, Handler<Operation>>>;
  readonly reactions: readonly Reaction[];
  readonly sealed: readonly SealedRows[];
  /** What the feature runs beside its handlers: job workers, an index in memory. Called once the house stands. */
  readonly start: ((services: Services) => Promise<Running>) | undefined;
}
export interface Running {
  /** Whether it can serve; asked by /readyz. */
  isReady(): boolean;
  /** Resolves once all work that is queued now is done; tests wait for it. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** An answer to what others recorded; in ledger order, at least once, from open fields only. */
export interface Reaction {
  readonly name: string;
  readonly on: readonly EventDefinition[];
  handle(ctx: ReactionCtx, entry: RecordedEntry): Promise<void>;
}
export interface RecordedEntry {
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}
export interface ReactionCtx {
  readonly tx: Tx;
  readonly now: Date;
  readonly services: Services;
  record<F extends EventDefinition>(event: F, data: F extends EventDefinition<infer Fields> ? EventData<Fields> : never): string;
  /**
   * Queues work, once per key while it waits. It is queued before this transaction commits, so that no crash loses it: a worker that does not find what
   * was written here must fail, and is asked again.
   */
  send(job: string, data: Readonly<Record<string, string>>, key: string): void;
}

/** What the ledger says of a table whose rows give power and carry a seal; the sweep compares the two. */
export interface SealedRows {
  readonly table: string;
  /** `id` unless said. */
  readonly idColumn?: string;
  readonly on: readonly EventDefinition[];
  /** Brings `due`, what each key must be, to what it is after the entry. */
  fold(due: Map<string, string>, entry: RecordedEntry): void;
  /** Whether a row that must be there, as this value, may not be lacking any more; at once unless said. */
  isMissing?(value: string, now: Date): boolean;
  /** The rows that were not ended, as keys and values of the same kind, by id, from behind `after`. */
  rows(
    tx: Tx,
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly { readonly id: string; readonly key: string; readonly value: string }[]>;
}

/** Joins a contract with its handlers. A missing handler or a wrong answer does not compile. */
export function feature<N extends string, Ops extends Operations>(
  contract: Contract<N, Ops>,
  handlers: Handlers<Ops>,
  beside: { reactions?: readonly Reaction[]; sealed?: readonly SealedRows[]; start?: (services: Services) => Promise<Running> } = {},
): Feature<N, Ops> {
  const { reactions = [], sealed = [], start } = beside;
  return { contract, handlers: handlers as unknown as Feature['handlers'], reactions, sealed, start };
}
/** Names the type of what `prepare` hands to `run`. */
export function prepared<Op, P>(handler: Slow<Op, P>): Slow<Op, P> {
  return handler;
}
