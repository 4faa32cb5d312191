import { call, BugError, Failure, type AnswerOf, type FailureKind, type InputOf, type Operation, type Send } from '@underseal/contract';
import {
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
  type Query,
  type QueryClient,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useState } from 'react';
import { createOnce } from './once.ts';

/** No answer came, or it broke off: whether the server did what it was asked cannot be known here. */
export class NoAnswer extends Error {
  /** What was asked for: something to read, something that is done once however often it is asked for, or anything else. */
  readonly of: 'read' | 'once' | 'other';
  constructor(of: NoAnswer['of']) {
    super('The server did not answer');
    this.name = 'NoAnswer';
    this.of = of;
  }
}

/** Carries one call to the server that served this page. */
export const send: Send = async (name, input, options) => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (options?.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  const { signal, idempotencyKey } = options ?? {};
  try {
    const response = await fetch(`/api/${name}`, { method: 'POST', headers, body: JSON.stringify(input), ...(signal ? { signal } : {}) });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new NoAnswer(idempotencyKey === undefined ? 'other' : 'once');
  }
};
const sendRead: Send = (...asked) =>
  send(...asked).catch((error: unknown) => {
    throw error instanceof NoAnswer ? new NoAnswer('read') : error;
  });

type ReadOp = Operation<'read'>;
interface Asking {
  readonly enabled?: boolean;
  /** The page stands on it: where it is refused, nothing else of the page is asked for. */
  readonly first?: boolean;
}
/** Asks; the answer is kept until any act, or until the live stream tells of a change. */
export function useRead<Op extends ReadOp>(operation: Op, input: InputOf<Op>, { enabled = true, first = false }: Asking = {}): UseQueryResult<AnswerOf<Op>> {
  return useQuery({
    queryKey: [operation.name, input],
    queryFn: ({ signal }) => call(sendRead, operation, input, { signal }),
    enabled,
    meta: { first },
    retry: isWorthAnotherTry,
  });
}

/** Asks the same of several at once; each answer is kept by itself. */
export function useReads<Op extends ReadOp>(operation: Op, inputs: readonly InputOf<Op>[]): UseQueryResult<AnswerOf<Op>>[] {
  return useQueries({
    queries: inputs.map((input) => ({
      queryKey: [operation.name, input],
      queryFn: ({ signal }: { signal: AbortSignal }) => call(send, operation, input, { signal }),
      retry: isWorthAnotherTry,
    })),
  }) as UseQueryResult<AnswerOf<Op>>[];
}

type Paged = { readonly items: readonly unknown[]; readonly next: string | null };
/** Asks for a list, page after page. */
export function useList<Op extends ReadOp>(
  operation: Op,
  input: Omit<InputOf<Op>, 'cursor'>,
  { enabled = true }: Pick<Asking, 'enabled'> = {},
): UseInfiniteQueryResult<{ pages: AnswerOf<Op>[] }> {
  return useInfiniteQuery({
    queryKey: [operation.name, input, 'pages'],
    queryFn: ({ signal, pageParam }) => call(sendRead, operation, { ...input, ...(pageParam ? { cursor: pageParam } : {}) } as InputOf<Op>, { signal }),
    initialPageParam: '',
    enabled,
    getNextPageParam: (last) => (last as Paged).next ?? undefined,
    retry: isWorthAnotherTry,
  }) as UseInfiniteQueryResult<{ pages: AnswerOf<Op>[] }>;
}

interface Acting {
  /**
   * Pressed again, it is done again: what is answered is kept by nobody, and asking anew does no harm. So is what takes a password, of which the server would
   * keep a quick hash with the key.
   */
  readonly anew?: boolean;
}
/**
 * Changes something, or opens content. Never tried again by itself; after an act all reads are renewed. An act is done once, however often the same is pressed
 * because no answer came; to strangers, who are all one, the server promises no such thing.
 */
export function useAct<Op extends Operation<'act'> | Operation<'release'>>(
  operation: Op,
  { anew = false }: Acting = {},
): UseMutationResult<AnswerOf<Op>, Error, InputOf<Op>> {
  const queries = useQueryClient();
  const [once] = useState(createOnce);
  const isOnce = operation.kind === 'act' && operation.needs !== 'anyone' && !anew;
  return useMutation({
    mutationFn: async (input: InputOf<Op>) => {
      if (!isOnce) return call(send, operation, input);
      const idempotencyKey = once.keyFor(input);
      try {
        const answer = await call(send, operation, input, { idempotencyKey });
        once.done(idempotencyKey);
        return answer;
      } catch (error) {
        if (error instanceof Failure && error.code === ALREADY_DONE) once.done(idempotencyKey);
        throw error;
      }
    },
    retry: false,
    gcTime: operation.kind === 'release' ? 0 : 60_000,
    onSuccess: async () => {
      if (operation.kind === 'act') await renewAll(queries);
    },
  });
}
const ALREADY_DONE = 'platform.already_done';

/**
 * Reads anew what is on the page: first what the page stands on, since with that the rest of it may go. What was refused is asked for again only by who looks at
 * it, or where the server told of the very thing: it tells only who may know. Each refusal is recorded, and would stand in a timeline as an attempt that nobody made.
 */
export async function renewAll(queries: QueryClient, told: readonly string[] = []): Promise<void> {
  const isShut = ({ state: { error }, queryKey: [, input] }: Query) =>
    error instanceof Failure &&
    (error.kind === 'missing' || error.kind === 'denied') &&
    !Object.values(input ?? {}).some((value) => told.includes(value as string));
  const renew = (first: boolean) => queries.invalidateQueries({ predicate: (query) => !isShut(query) && (query.meta?.['first'] === true) === first });
  await renew(true);
  // What went with it leaves the page before the rest is asked for.
  await new Promise((resolve) => setTimeout(resolve));
  await renew(false);
}

/** What can be shown of an error, whatever was thrown. `ref` finds it in the server's log. */
export interface Described {
  readonly kind: FailureKind | 'network' | 'bug';
  readonly code: string;
  readonly message: string;
  readonly ref: string | undefined;
}
export function describeError(error: unknown): Described {
  if (error instanceof Failure) return { kind: error.kind, code: error.code, message: error.message, ref: undefined };
  if (error instanceof NoAnswer) return { kind: 'network', code: NO_ANSWER[error.of], message: error.message, ref: undefined };
  if (error instanceof BugError) return { kind: 'bug', code: 'platform.bug', message: error.message, ref: error.ref === 'none' ? undefined : error.ref };
  return { kind: 'bug', code: 'platform.bug', message: 'Something went wrong in this page. Load it again', ref: undefined };
}
const NO_ANSWER = { read: 'platform.not_read', once: 'platform.answer_lost', other: 'platform.answer_lost_anew' } as const;

function isWorthAnotherTry(tries: number, error: Error): boolean {
  return tries < 1 && (error instanceof BugError || error instanceof NoAnswer);
}
