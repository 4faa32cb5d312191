import { foldRepeats } from '#features/evidence/web/fold-repeats.ts';
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

/** What happened to the secret whose sheet is open, and by whom; `names` are those of its versions and elements, as far as the sheet knows them. */
export function toTimeline(entries: readonly Recorded[], names: ReadonlyMap<string, string>): TimelineEntry[] {
  const stored = new Map(
    entries.flatMap(({ data, details }) => (isText(data['versionId']) && isText(details['name']) ? [[data['versionId'], details['name']]] : [])),
  );
  return foldRepeats(entries).map(({ id, at, type, actorName, data, details }) => {
    const of = String(data['versionId'] ?? data['source'] ?? '');
    const { mark, words } = tellEntry(type, { ...details, ...data, sourceName: stored.get(of) ?? names.get(of) });
    return { id, at, mark, text: actorName ? `${words}, ${actorName}` : words };
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
