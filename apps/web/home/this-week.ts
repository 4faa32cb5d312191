import { guard } from '#features/guard/contract.ts';
import type { InspectionRow } from '#features/guard/web/looks.ts';
import { useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';

/** A page of a list is enough for Home: beyond it a count says "50+". */
export const PAGE = 50;
const WEEK_MS = 7 * 86_400_000;

/** `whole`: nothing of the week lies beyond the page that was read. */
export interface ThisWeek {
  readonly rows: readonly InspectionRow[];
  readonly whole: boolean;
}

export const useMatchesThisWeek = () => useVerdictThisWeek('match');
export const useUnreadThisWeek = () => useVerdictThisWeek('not-inspected');

function useVerdictThisWeek(verdict: 'match' | 'not-inspected'): { week: ThisWeek | undefined; error: Error | null; refetch: () => unknown } {
  const list = useRead(guard.list, { verdict, limit: PAGE }, { enabled: useMay('guard:review') });
  const { error, refetch } = list;
  if (!list.data) return { week: undefined, error, refetch };
  const since = list.dataUpdatedAt - WEEK_MS;
  const rows = list.data.items.filter((row) => Date.parse(row.at) >= since);
  return { week: { rows, whole: list.data.next === null || rows.length < list.data.items.length }, error: null, refetch };
}

/** What programs asked for: nobody sat before it, and nobody else has looked yet. What a person asked for is diligence. */
export function ofPrograms({ rows, whole }: ThisWeek): ThisWeek {
  return { rows: rows.filter((row) => row.by.kind === 'program'), whole };
}

/** "12", or "50+" where more may lie beyond the page. */
export function countOf({ rows, whole }: { rows: readonly unknown[]; whole: boolean }): string {
  return whole ? String(rows.length) : `${rows.length}+`;
}
