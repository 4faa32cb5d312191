import { tellEntry } from '#features/evidence/web/sentences.ts';
import type { TimelineEntry } from '#platform/web/ui/index.ts';

interface Recorded {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What happened to the secret whose sheet is open, and by whom. */
export function toTimeline(entries: readonly Recorded[]): TimelineEntry[] {
  return entries.map(({ id, at, type, actorName, data, details }) => {
    const { mark, words } = tellEntry(type, { ...details, ...data });
    return { id, at, mark, text: actorName ? `${words}, ${actorName}` : words };
  });
}
