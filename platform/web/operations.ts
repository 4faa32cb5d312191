import { call, BugError, Failure, type AnswerOf, type InputOf, type Operation, type Send } from '@underseal/contract';
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

/** Carries one call to the server that served this page. */
export const send: Send = async (name, input, options) => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (options?.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  const response = await fetch(`/api/${name}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(input),
    ...(options?.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new BugError('The server cannot be reached. Nothing was changed; try again in a moment', 'none');
  });
  return { status: response.status, body: await response.json().catch(() => undefined) };
};

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
    queryFn: ({ signal }) => call(send, operation, input, { signal }),
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
    queryFn: ({ signal, pageParam }) => call(send, operation, { ...input, ...(pageParam ? { cursor: pageParam } : {}) } as InputOf<Op>, { signal }),
    initialPageParam: '',
    enabled,
    getNextPageParam: (last) => (last as Paged).next ?? undefined,
    retry: isWorthAnotherTry,
  }) as UseInfiniteQueryResult<{ pages: AnswerOf<Op>[] }>;
}

/** Changes something, or opens content. Never tried again by itself; after an act all reads are renewed. */
export function useAct<Op extends Operation<'act'> | Operation<'release'>>(operation: Op): UseMutationResult<AnswerOf<Op>, Error, InputOf<Op>> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: InputOf<Op>) => call(send, operation, input),
    retry: false,
    gcTime: operation.kind === 'release' ? 0 : 60_000,
    onSuccess: async () => {
      if (operation.kind === 'act') await renewAll(queries);
    },
  });
}

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

/** What can be shown of an error, whatever was thrown. */
export function describeError(error: unknown): { code: string; message: string; ref: string | undefined } {
  if (error instanceof Failure) return { code: error.code, message: error.message, ref: undefined };
  if (error instanceof BugError) return { code: 'platform.bug', message: error.message, ref: error.ref === 'none' ? undefined : error.ref };
  return { code: 'platform.bug', message: 'Something went wrong in this page. Load it again', ref: undefined };
}

function isWorthAnotherTry(tries: number, error: Error): boolean {
  return tries < 1 && error instanceof BugError;
}
