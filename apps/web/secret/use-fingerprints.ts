import { guard } from '#features/guard/contract.ts';
import { useReads } from '#platform/web/operations.ts';

interface Shown {
  readonly elements: readonly string[];
  /** The newest version of each document, page by page as they are listed. */
  readonly documents: readonly (readonly string[])[];
}
interface Fingerprint {
  readonly state: string;
  readonly reason: string | null;
  readonly asFile: boolean;
}
/** What one question may name. */
const AT_ONCE = 200;
/** Not heard of by the guard yet: it was stored a moment ago. */
const NEW: Fingerprint = { state: 'pending', reason: null, asFile: false };

/** Whether what is shown of a secret can be matched yet, and nothing else of it: each page is asked for by itself, so that one more renews none. */
export function useFingerprints(secretId: string, { elements, documents }: Shown) {
  const asked = [...pagesOf(elements), ...documents].filter((ids) => ids.length > 0);
  const answers = useReads(
    guard.fingerprints,
    asked.map((sourceIds) => ({ secretId: secretId as never, sourceIds: sourceIds as never, limit: AT_ONCE })),
  );
  const told = new Map<string, Fingerprint>();
  for (const [i, { data }] of answers.entries()) {
    if (!data) continue;
    for (const id of asked[i]!) told.set(id, NEW);
    for (const item of data.items) told.set(item.version ?? item.source, item);
  }
  return {
    of: (id: string) => told.get(id),
    error: answers.find(({ error }) => error)?.error,
    refetch: () => Promise.all(answers.map((answer) => answer.refetch())),
  };
}

function pagesOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) => ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}
