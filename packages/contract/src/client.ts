import { Failure, FAILURE_STATUS, type FailureBody, type FailureKind } from './failure.ts';
import type { AnswerOf, Contract, InputOf, Operation, Operations } from './operation.ts';

/** Carries one call to the server and brings back status and JSON body; HTTP in browser and CLI, in-process in tests. */
export type Send = (name: string, input: unknown, options?: CallOptions) => Promise<{ status: number; body: unknown }>;
export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}
export type Client<Ops extends Operations> = { readonly [K in keyof Ops]: (input: InputOf<Ops[K]>, options?: CallOptions) => Promise<AnswerOf<Ops[K]>> };

/** A bug on the other side, or no answer at all; `ref` finds it in the server's log. */
export class BugError extends Error {
  readonly ref: string;
  constructor(message: string, ref: string) {
    super(message);
    this.name = 'BugError';
    this.ref = ref;
  }
}

/** Calls one operation and throws the failure that came back, if one did. */
export async function call<Op extends Operation>(send: Send, operation: Op, input: InputOf<Op>, options?: CallOptions): Promise<AnswerOf<Op>> {
  const { status, body } = await send(operation.name, input, options);
  if (status === 200) return body as AnswerOf<Op>;
  throw toError(body);
}

/** The typed client of one contract. */
export function client<N extends string, Ops extends Operations>(contract: Contract<N, Ops>, send: Send): Client<Ops> {
  const verbs = Object.entries(contract.operations).map(([verb, operation]) => [
    verb,
    (input: never, options?: CallOptions) => call(send, operation, input, options),
  ]);
  return Object.fromEntries(verbs) as Client<Ops>;
}

/** Turns the body of an answer that is not 200 into the error it tells of. */
export function toError(body: unknown): Failure | BugError {
  const error = (body as Partial<FailureBody> | undefined)?.error;
  if (!error) return new BugError('The server gave no readable answer', 'none');
  if (!(error.kind in FAILURE_STATUS)) return new BugError(error.message, error.ref);
  return new Failure(error.kind as FailureKind, error.code, error.message, error.details ?? []);
}
