import type { TimelineMark } from '#platform/web/ui/index.ts';

type Data = Readonly<Record<string, unknown>>;
interface Sentence {
  readonly mark: TimelineMark;
  readonly says: (data: Data) => string;
}
const acted = (says: string | Sentence['says']): Sentence => sentence('acted', says);
const looked = (says: string | Sentence['says']): Sentence => sentence('looked', says);
const lapsed = (says: string | Sentence['says']): Sentence => sentence('lapsed', says);
const breached = (says: string | Sentence['says']): Sentence => sentence('breached', says);
function sentence(mark: TimelineMark, says: string | Sentence['says']): Sentence {
  return { mark, says: typeof says === 'string' ? () => says : says };
}
const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** What each kind of entry says to people. A kind that is not listed shows its own name, never nothing. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  'people.installed': acted('Underseal was set up'),
  'people.invited': acted(({ roles }) => (Array.isArray(roles) ? `Invited somebody as ${roles.join(', ')}` : 'Invited somebody')),
  'people.joined': acted('Joined by an invitation'),
  'people.signed_in': looked(({ strong }) => (strong ? 'Signed in with a second factor' : 'Signed in by password')),
  'people.signed_out': looked('A session ended'),
  'people.factor_begun': looked('Began to add an authenticator app'),
  'people.factor_added': acted('Added an authenticator app'),
  'people.proved': looked(({ strong }) => (strong ? 'Gave a fresh one-time code' : 'Gave the password again')),
  'people.password_changed': acted('Changed the own password'),
  'people.reset_made': acted('Made a link for a new password'),
  'people.password_reset': acted('Chose a new password by a link'),
  'people.attested': acted('Confirmed that it is this person'),
  'people.invitation_withdrawn': lapsed('Withdrew an invitation'),
  'people.role_changed': acted(({ role, given }) => `Role ${text(role)} ${given ? 'given' : 'taken'}`),
  'people.left': lapsed('Left: sessions, tokens and access closed'),
  'people.token_made': acted('Made a token for a program'),
  'people.token_ended': lapsed('Ended a token'),
  'register.entered': acted('Entered a secret in the register'),
  'register.revised': acted('Revised a secret'),
  'register.element_added': acted(({ number }) => `Added element ${text(number)} to a secret`),
  'register.owner_changed': acted('Handed a secret to another owner'),
  'register.element_opened': looked('Opened the text of an element'),
  'access.granted': acted('Granted access to a secret'),
  'access.revoked': lapsed('Ended a grant'),
  'vault.upload_begun': acted(({ times }) => (times ? `Began to upload ${text(times)} documents` : 'Began to upload a document')),
  'vault.upload_resumed': acted(({ times }) => (times ? `Went on with uploads, ${text(times)} times` : 'Went on with an upload')),
  'vault.upload_dropped': acted('Gave up an upload'),
  'vault.stored': acted(({ name, number }) =>
    text(name) ? `Stored “${text(name)}”, version ${text(number)}` : `Stored version ${text(number)} of a document`,
  ),
  'vault.opened': looked('Downloaded a document'),
  'guard.fingerprinted': acted((data) => `${sourceIn(data)} ${RECOGNISED[text(data['state'])] ?? 'was read'}`),
  'guard.inspected': looked('Had something inspected'),
  'guard.passages_shown': looked('Looked at matched passages'),
  'door.refused': lapsed(({ code }) => `Was refused${text(code) ? `: ${text(code)}` : ''}`),
  'door.refusals_counted': lapsed(({ count, strangers }) => `Refusals, counted only: ${text(strangers)} of strangers, ${text(count)} of others`),
  'platform.started': acted('The server started'),
  'platform.restored': acted('The server was restored from a backup'),
  'platform.alarmed': breached(({ code }) => ALARMS[text(code)] ?? `Alarm: ${text(code)}`),
};
const RECOGNISED: Readonly<Record<string, string>> = {
  ready: 'can now be recognised',
  empty: 'holds no text that can be recognised',
  failed: 'could not be read',
};
/** `sourceName` is what a page knows of the document or element by other reads. */
function sourceIn({ source, sourceName }: Data): string {
  const isElement = text(source).startsWith('elm_');
  if (!text(sourceName)) return isElement ? 'An element' : 'A document';
  return isElement ? text(sourceName) : `“${text(sourceName)}”`;
}
const ALARMS: Readonly<Record<string, string>> = {
  'access.seal_broken': 'Alarm: a row that gives access was written by hand, and gives nothing',
  'people.seal_broken': 'Alarm: a row about a person was written by hand, and gives nothing',
  'platform.row_not_in_ledger': 'Alarm: a row that gives power is not as the ledger tells, and gives nothing any more',
  'platform.row_missing': 'Alarm: a row that gives power was taken away',
  'platform.entry_parked': 'Alarm: an entry could not be worked off, and was put aside',
  'ledger.outbox_seal_broken': 'Alarm: an entry that nobody made was kept out of the ledger',
  'ledger.outbox_replayed': 'Alarm: an entry was put in a second time, and kept out',
  'ledger.not_whole': 'Alarm: the ledger is not the one that was signed',
};
const VERDICTS: Readonly<Record<string, Sentence>> = {
  clear: looked('Had something inspected: clear'),
  match: breached(({ action }) => `Had something inspected: match, ${action === 'block' ? 'not to be sent' : 'warned'}`),
  'not-inspected': lapsed('Had something inspected: it could not be read whole'),
};

/** The mark and the words of one entry; `data` are its open fields, and of the others those that the reader may see. */
export function tellEntry(type: string, data: Data): { mark: TimelineMark; words: string } {
  const told = (type === 'guard.inspected' ? VERDICTS[text(data['verdict'])] : undefined) ?? SENTENCES[type] ?? acted(type);
  return { mark: told.mark, words: told.says(data) };
}

/** The fields that stand open in a recorded entry; one that cannot be read has none. */
export function openFields(leaf: string): Data {
  try {
    return (JSON.parse(leaf) as { open?: Data }).open ?? {};
  } catch {
    return {};
  }
}
