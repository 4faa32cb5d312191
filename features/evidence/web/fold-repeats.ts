import { secretsMatched } from './sentences.ts';

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

/**
 * Entries, newest first, with those that say the same of one thing and one person within ten minutes of each other as one line, at the newest; `times` says how many, and where
 * there are older ones that are not here (`more`) and may belong to it, that there may be more. */
export function foldRepeats<Entry extends Repeatable>(entries: readonly Entry[], { more = false } = {}): Folded<Entry>[] {
  const folded: (Entry & { lines: Entry[] })[] = [];
  const last = new Map<string, (typeof folded)[number]>();
  for (const entry of entries) {
    const { secretId, subject, code, verdict, action } = entry.data;
    const key = [entry.type, entry.actorName, secretId, subject, code, verdict, action, ...secretsMatched(entry.data), entry.data['atEnd']].join(' ');
    const before = last.get(key);
    if (REPEATED.has(entry.type) && before && Date.parse(before.lines.at(-1)!.at) - Date.parse(entry.at) <= NEAR_MS) {
      before.lines.push(entry);
      continue;
    }
    const line = { ...entry, lines: [entry] };
    last.set(key, line);
    folded.push(line);
  }
  const end = more ? Date.parse(entries.at(-1)?.at ?? '') : NaN;
  const mayGoOn = ({ lines }: { lines: readonly Repeatable[] }) => Date.parse(lines.at(-1)!.at) - end <= NEAR_MS;
  return folded.map((line) => (line.lines.length > 1 ? { ...line, data: dataOf(line.lines, mayGoOn(line)) } : line));
}
/** What is true of all of them: the newest says the rest, but not what was asked for, where they asked for several things. */
function dataOf(lines: readonly Repeatable[], mayGoOn: boolean): Repeatable['data'] {
  const { operation, ...data } = lines[0]!.data;
  const same = operation !== undefined && lines.every((line) => line.data['operation'] === operation);
  return { ...data, ...(same ? { operation } : {}), times: mayGoOn ? `${lines.length} or more` : lines.length };
}

/** So soon after an access ended its reader's open page asks once more by itself. */
const CLOSING_MS = 10_000;
/** Whose access an entry ended. */
const PERSON_OF_END: Readonly<Record<string, string>> = { 'access.revoked': 'personId', 'register.owner_changed': 'from', 'register.owner_lost': 'ownerId' };
interface Ending extends Repeatable {
  readonly actor: string | null;
}
/** Entries, newest first; the first refusal that came as the access of that very person ended says so in `atEnd`: a page that is open asks once by itself. */
export function explainRefusals<Entry extends Ending>(entries: readonly Entry[]): Entry[] {
  const explained = new Set<Entry>();
  for (const { type, at, data } of entries) {
    const person = PERSON_OF_END[type] && data[PERSON_OF_END[type]];
    const first = entries.findLast((entry) => {
      const { code, subject } = entry.data;
      if (entry.type !== 'door.refused' || code !== 'platform.subject_missing' || entry.actor !== person || subject !== data['secretId']) return false;
      const afterMs = Date.parse(entry.at) - Date.parse(at);
      return afterMs >= 0 && afterMs < CLOSING_MS;
    });
    if (first) explained.add(first);
  }
  return entries.map((entry) => (explained.has(entry) ? { ...entry, data: { ...entry.data, atEnd: true } } : entry));
}
