interface Repeatable {
  readonly at: string;
  readonly type: string;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}
/** What tells of no thing by name, and comes many times when several documents are stored at once. */
const REPEATED = new Set(['vault.upload_begun', 'vault.upload_resumed']);
const NEAR_MS = 10 * 60_000;

/** Entries, newest first, with those that say the same of one secret and one person within ten minutes as one line, at the newest; `times` says how many. */
export function foldRepeats<Entry extends Repeatable>(entries: readonly Entry[]): Entry[] {
  const folded: Entry[] = [];
  const last = new Map<string, { place: number; at: number; times: number }>();
  for (const entry of entries) {
    const key = [entry.type, entry.actorName, entry.data['secretId']].join(' ');
    const before = last.get(key);
    const at = Date.parse(entry.at);
    if (REPEATED.has(entry.type) && before && before.at - at <= NEAR_MS) {
      const times = before.times + 1;
      folded[before.place] = { ...folded[before.place]!, data: { ...folded[before.place]!.data, times } };
      last.set(key, { place: before.place, at, times });
      continue;
    }
    last.set(key, { place: folded.push(entry) - 1, at, times: 1 });
  }
  return folded;
}
