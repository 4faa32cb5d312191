import { call, BugError, Failure, type AnswerOf, type InputOf, type Operation, type Send } from '@underseal/contract';
import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
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
/** Asks; the answer is kept until any act, or until the live stream tells of a change. */
export function useRead<Op extends ReadOp>(operation: Op, input: InputOf<Op>, options: { enabled?: boolean } = {}): UseQueryResult<AnswerOf<Op>> {
  return useQuery({
    queryKey: [operation.name, input],
    queryFn: ({ signal }) => call(send, operation, input, { signal }),
    enabled: options.enabled ?? true,
    retry: isWorthAnotherTry,
  });
}

type Paged = { readonly items: readonly unknown[]; readonly next: string | null };
/** Asks for a list, page after page. */
export function useList<Op extends ReadOp>(operation: Op, input: Omit<InputOf<Op>, 'cursor'>): UseInfiniteQueryResult<{ pages: AnswerOf<Op>[] }> {
  return useInfiniteQuery({
    queryKey: [operation.name, input, 'pages'],
    queryFn: ({ signal, pageParam }) => call(send, operation, { ...input, ...(pageParam ? { cursor: pageParam } : {}) } as InputOf<Op>, { signal }),
    initialPageParam: '',
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
      if (operation.kind === 'act') await queries.invalidateQueries();
    },
  });
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
