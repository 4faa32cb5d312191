import { guard } from '#features/guard/contract.ts';
import { useRead } from '#platform/web/operations.ts';
import { useMay } from '#platform/web/shell/index.ts';

/** A page of a list is enough for Home: beyond it a count says "50+". */
export const PAGE = 50;
const WEEK_MS = 7 * 86_400_000;

export interface Inspection {
  readonly id: string;
  readonly at: string;
  readonly verdict: 'clear' | 'match' | 'not-inspected';
  readonly action: string;
  readonly exit: 'page' | 'api' | 'command-line';
  readonly secrets: readonly { readonly secretId: string; readonly codeName: string; readonly characters: number }[];
}
/** `whole`: nothing of the week lies beyond the page that was read. */
export interface ThisWeek {
  readonly rows: readonly Inspection[];
  readonly whole: boolean;
}

export const useMatchesThisWeek = () => useVerdictThisWeek('match');
export const useUnreadThisWeek = () => useVerdictThisWeek('not-inspected');

function useVerdictThisWeek(verdict: 'match' | 'not-inspected'): ThisWeek | undefined {
  const list = useRead(guard.list, { verdict, limit: PAGE }, { enabled: useMay('guard:review') });
  if (!list.data) return undefined;
  const since = list.dataUpdatedAt - WEEK_MS;
  const rows = list.data.items.filter((row) => Date.parse(row.at) >= since);
  return { rows, whole: list.data.next === null || rows.length < list.data.items.length };
}

/** "12", or "50+" where more may lie beyond the page. */
export function countOf({ rows, whole }: { rows: readonly unknown[]; whole: boolean }): string {
  return whole ? String(rows.length) : `${rows.length}+`;
}
