import type { TimelineEntry, TimelineMark } from '#platform/web/ui/index.ts';

interface Recorded {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly actorName: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
}
type Sentence = readonly [mark: TimelineMark, words: (entry: Recorded) => string];

const named = (entry: Recorded) => (typeof entry.details['name'] === 'string' ? `“${entry.details['name']}”` : 'a document');
/** What each kind of entry says to people. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  'register.entered': ['acted', () => 'Entered in the register'],
  'register.revised': ['acted', () => 'Revised'],
  'register.element_added': ['acted', (entry) => `Element ${String(entry.data['number'])} added`],
  'register.owner_changed': ['acted', () => 'Handed to another owner'],
  'register.element_opened': ['looked', () => 'Opened the text of an element'],
  'access.granted': ['acted', () => 'Granted access'],
  'access.revoked': ['lapsed', () => 'Ended a grant'],
  'vault.upload_begun': ['acted', () => 'Began to upload a document'],
  'vault.upload_resumed': ['acted', () => 'Went on with an upload'],
  'vault.upload_dropped': ['acted', () => 'Gave up an upload'],
  'vault.stored': ['acted', (entry) => `Stored ${named(entry)}, version ${String(entry.data['number'])}`],
  'vault.opened': ['looked', () => 'Downloaded a document'],
  'guard.fingerprinted': ['sealed', (entry) => (entry.data['state'] === 'ready' ? 'Can now be recognised at the exits' : 'Could not be made recognisable')],
  'guard.inspected': ['breached', (entry) => `Matched in an inspection: ${entry.data['action'] === 'block' ? 'not to be sent' : 'warned'}`],
  'guard.passages_shown': ['looked', () => 'Looked at matched passages'],
  'door.refused': ['lapsed', () => 'Was refused'],
  'platform.alarmed': ['breached', () => 'Alarm: a seal did not hold'],
  'people.signed_in': ['looked', () => 'Signed in'],
  'people.signed_out': ['looked', () => 'Signed out'],
};

export function toTimeline(entries: readonly Recorded[]): TimelineEntry[] {
  return entries.map((entry) => {
    const [mark, words] = SENTENCES[entry.type] ?? (['acted', () => entry.type] satisfies Sentence);
    return { id: entry.id, at: entry.at, mark, text: `${words(entry)}${entry.actorName ? `, ${entry.actorName}` : ''}` };
  });
}
