interface Repeatable {
  readonly at: string;
  readonly type: string;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}
/** One line for several entries: the newest of them, with all of them, newest first. */
export type Folded<Entry> = Entry & { readonly lines: readonly Entry[] };
/** What tells of no thing by name, and comes many times: when several documents are stored at once, a page asks for all that it shows, or a text is checked until it is clear. */
const REPEATED = new Set(['vault.upload_begun', 'vault.upload_resumed', 'vault.upload_dropped', 'door.refused', 'guard.inspected']);
const NEAR_MS = 10 * 60_000;

/** Entries, newest first, with those that say the same of one thing and one person within ten minutes of each other as one line, at the newest; `times` says how many. */
export function foldRepeats<Entry extends Repeatable>(entries: readonly Entry[]): Folded<Entry>[] {
  const folded: (Entry & { lines: Entry[] })[] = [];
  const last = new Map<string, (typeof folded)[number]>();
  for (const entry of entries) {
    const { secretId, subject, code, verdict, action } = entry.data;
    const key = [entry.type, entry.actorName, secretId, subject, code, verdict, action, entry.data['atEnd']].join(' ');
    const before = last.get(key);
    if (REPEATED.has(entry.type) && before && Date.parse(before.lines.at(-1)!.at) - Date.parse(entry.at) <= NEAR_MS) {
      before.lines.push(entry);
      continue;
    }
    const line = { ...entry, lines: [entry] };
    last.set(key, line);
    folded.push(line);
  }
  return folded.map((line) => (line.lines.length > 1 ? { ...line, data: dataOf(line.lines) } : line));
}
/** What is true of all of them: the newest says the rest, but not what was asked for, where they asked for several things. */
function dataOf(lines: readonly Repeatable[]): Repeatable['data'] {
  const { operation, ...data } = lines[0]!.data;
  const same = operation !== undefined && lines.every((line) => line.data['operation'] === operation);
  return { ...data, ...(same ? { operation } : {}), times: lines.length };
}

/** So soon after an access ended its reader's open page asks once more by itself. */
const CLOSING_MS = 60_000;
interface Ending extends Repeatable {
  readonly actor: string | null;
}
/** Entries, newest first; a refusal that came as the access of that very person ended says so in `atEnd`: nobody tried anything. */
export function explainRefusals<Entry extends Ending>(entries: readonly Entry[]): Entry[] {
  const ended = entries.flatMap(({ type, at, data }) => {
    const person = type === 'access.revoked' ? data['personId'] : type === 'register.owner_changed' ? data['from'] : undefined;
    return person === undefined ? [] : [{ person, secretId: data['secretId'], at: Date.parse(at) }];
  });
  return entries.map((entry) => {
    if (entry.type !== 'door.refused' || entry.data['code'] !== 'platform.subject_missing') return entry;
    const after = ({ person, secretId, at }: (typeof ended)[number]) =>
      person === entry.actor && secretId === entry.data['subject'] && Date.parse(entry.at) >= at && Date.parse(entry.at) - at < CLOSING_MS;
    return ended.some(after) ? { ...entry, data: { ...entry.data, atEnd: true } } : entry;
  });
}
