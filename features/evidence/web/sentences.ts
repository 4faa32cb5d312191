import { formatInstant } from '#platform/web/ui/format.ts';
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
/** What an id is called, where the reader may know; else what kind of thing it is. */
const called = ({ names }: Data, id: unknown, otherwise: string) => text((names as Data | undefined)?.[text(id)]) || otherwise;
const quoted = (data: Data, id: unknown, otherwise: string) => {
  const name = called(data, id, '');
  // The version is no part of its name.
  return name ? `“${name.replace(/(, version \d+)?$/, '”$1')}` : otherwise;
};
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
  'people.recovered': acted('Was let in again by who holds the machine'),
  'people.attested': acted((data) => `Confirmed that it is ${called(data, data['personId'], 'this person')}`),
  'people.invitation_withdrawn': lapsed('Withdrew an invitation'),
  'people.role_changed': acted((data) =>
    data['given']
      ? `Gave ${called(data, data['personId'], 'somebody')} the role ${text(data['role'])}`
      : `Took the role ${text(data['role'])} from ${called(data, data['personId'], 'somebody')}`,
  ),
  'people.left': lapsed((data) => `${called(data, data['personId'], 'Somebody')} left: sessions, tokens and access closed`),
  'people.token_made': acted((data) => `Made the token ${quoted(data, data['tokenId'], 'of a program')}`),
  'people.token_ended': lapsed((data) => `Ended the token ${quoted(data, data['tokenId'], 'of a program')}`),
  'register.entered': acted('Entered a secret in the register'),
  'register.revised': acted(
    ({ changed }) => `Revised a secret${Array.isArray(changed) ? `: ${listed(changed.map((name) => SHEET[text(name)] ?? text(name)))}` : ''}`,
  ),
  'register.element_added': acted(({ number }) => `Added element ${text(number)} to a secret`),
  'register.owner_changed': acted((data) => `Handed a secret from ${called(data, data['from'], 'one owner')} to ${called(data, data['to'], 'another')}`),
  'register.owner_lost': lapsed((data) => `${called(data, data['ownerId'], 'Its owner')} has left: nobody answers for a secret`),
  'register.element_opened': looked((data) => `Opened the text of ${called(data, data['elementId'], 'an element')}`),
  'access.granted': acted((data) => `Let ${called(data, data['personId'], 'somebody')} in${dayIn(data['until'])}`),
  'access.revoked': lapsed((data) => `Ended the access of ${called(data, data['personId'], 'somebody')}`),
  'vault.upload_begun': acted(({ times }) => (times ? `Began ${text(times)} uploads` : 'Began to upload a document')),
  'vault.upload_resumed': acted(({ times }) => (times ? `Went on with uploads, ${text(times)} times` : 'Went on with an upload')),
  'vault.upload_dropped': acted(({ times }) => (times ? `Gave up ${text(times)} uploads` : 'Gave up an upload')),
  'vault.stored': acted((data) => {
    // The ledger page has its name from elsewhere, with the version.
    const name = text(data['name']) || called(data, data['versionId'], '').replace(/, version \d+$/, '');
    return name ? `Stored “${name}”, version ${text(data['number'])}` : `Stored version ${text(data['number'])} of a document`;
  }),
  'vault.opened': looked((data) => `Downloaded ${quoted(data, data['versionId'], 'a document')}`),
  'guard.fingerprinted': acted((data) => `${sourceIn(data)} ${RECOGNISED[text(data['state'])] ?? 'was read'}`),
  'guard.inspected': looked('Had something inspected'),
  'guard.passages_shown': looked((data) => `Looked at matched passages of ${quoted(data, data['source'], 'a document')}`),
  'door.refused': lapsed((data) => `Was refused${data['times'] ? ` ${text(data['times'])} times` : ''}: ${refusalIn(data)}`),
  'door.refusals_counted': lapsed(
    ({ count, strangers }) =>
      `Refusals that were counted and not listed: ${text(strangers)} of people not signed in, ${text(count)} of one caller beyond sixty a minute`,
  ),
  'platform.started': acted('The server started'),
  'platform.restored': acted('The server was restored from a backup'),
  'platform.alarmed': breached(({ code }) => ALARMS[text(code)] ?? `Alarm: ${text(code)}`),
};
const SHEET: Readonly<Record<string, string>> = {
  title: 'its title',
  tier: 'its tier',
  unit: 'its unit',
  contributors: 'who made it',
  combination: 'whether the combination is the secret',
  storedIn: 'where it is kept',
  usedIn: 'where it is used',
  originOn: 'since when it is held',
  reviewOn: 'its next review',
};
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}
const RECOGNISED: Readonly<Record<string, string>> = {
  ready: 'can now be recognised',
  empty: 'holds no text of which a passage could be recognised',
  failed: 'could not be read, so that no passage of it can be recognised',
};
function sourceIn(data: Data): string {
  const isElement = text(data['source']).startsWith('elm_');
  const name = called(data, data['versionId'] ?? data['source'], '');
  if (!name) return isElement ? 'An element' : 'A document';
  return isElement ? `${name[0]!.toUpperCase()}${name.slice(1)}` : quoted(data, data['versionId'] ?? data['source'], name);
}
function dayIn(instant: unknown): string {
  return text(instant) ? ` until ${formatInstant(text(instant), 'day')}` : '';
}
/** By the code of the refusal; the code itself says nothing to people. */
const REFUSALS: Readonly<Record<string, string>> = {
  'platform.subject_missing': 'it was not open to them, or did not exist',
  'platform.not_permitted': 'none of their roles allows it',
  'platform.opening_not_granted': 'no grant lets them open it',
  'platform.owner_only': 'only the owner may',
  'platform.not_compared': 'content was kept back while the database could not be trusted',
  'evidence.in_doubt': 'nobody had confirmed yet that it is they',
  'people.in_doubt': 'nobody had confirmed yet that it is they',
  'people.proof_needed': 'they had to prove first that it was they',
  'platform.factor_needed': 'it needs a second factor',
  'platform.content_needs_person': 'content is given to persons only',
  'platform.sign_in_needed': 'not signed in',
};
const TRIED: Readonly<Record<string, string>> = {
  register: 'looking at a secret',
  vault: 'the documents of a secret',
  access: 'who has access',
  guard: 'what was inspected',
  evidence: 'the timeline',
  people: 'persons and roles',
};
function refusalIn(data: Data): string {
  if (data['atEnd']) return 'asked once more right after their access ended, as an open page does by itself';
  return `${REFUSALS[text(data['code'])] ?? 'it did not fit'}${triedIn(data)}`;
}
/** What it was about, by the feature that was asked. */
function triedIn({ operation }: Data): string {
  const tried = TRIED[text(operation).split('.')[0]!];
  return tried ? ` (${tried})` : '';
}
const ALARMS: Readonly<Record<string, string>> = {
  'access.seal_broken': 'Alarm: a row that gives access was written by hand, and gives nothing',
  'people.seal_broken': 'Alarm: a row about a person was written by hand, and gives nothing',
  'platform.row_not_in_ledger': 'Alarm: a row that gives power or proof is not as the ledger tells, and is not believed any more',
  'platform.row_missing': 'Alarm: a row that gives power or proof was taken away',
  'platform.entry_parked': 'Alarm: an entry could not be worked off; it was put aside, and is tried again',
  'platform.entry_unparked': 'An entry that had been put aside was worked off',
  'ledger.outbox_seal_broken': 'Alarm: an entry that nobody made was kept out of the ledger',
  'ledger.outbox_replayed': 'Alarm: an entry was put in a second time, and kept out',
  'ledger.timeline_cut': 'Alarm: lines were taken from a timeline, and put back from the signed entries',
  'ledger.disclosure_damaged': 'Alarm: a hidden field of an entry cannot be opened any more, or is not what was signed',
  'ledger.disclosure_missing': 'Alarm: a hidden field of an entry was taken away',
  'guard.seal_broken': 'Alarm: what is kept of an inspection was changed by hand, and is not believed',
  'register.seal_broken': 'Alarm: the tier of a secret was changed by hand, and counts as the highest',
  'ledger.not_compared': 'Alarm: rows that give power could not be compared with the ledger; content is kept back',
  'platform.schema_changed': 'Alarm: the database was changed so that it may show one thing and keep another; content is kept back',
  'ledger.not_whole': 'Alarm: the ledger is not the one that was signed',
};
function timesOf({ times }: Data): string {
  return times ? `, ${text(times)} times` : '';
}
const VERDICTS: Readonly<Record<string, Sentence>> = {
  clear: looked((data) => `Had something inspected${timesOf(data)}: clear`),
  match: breached(
    ({ action, ...data }) => `Had something inspected${timesOf(data)}: match${matchedIn(data)}, ${action === 'block' ? 'not to be sent' : 'warned'}`,
  ),
  'not-inspected': lapsed((data) => `Had something inspected${timesOf(data)}: it could not be read whole`),
};

/** " of KESTREL and HERON", as far as the reader may know of them. */
function matchedIn(data: Data): string {
  const names = secretsMatched(data)
    .map((id) => called(data, id, ''))
    .filter((name) => name);
  return names.length === 0 ? '' : ` of ${listed(names)}`;
}
/** Ids of the secrets that a check found, each once, in order. */
export function secretsMatched({ matches }: Data): string[] {
  const found = Array.isArray(matches) ? matches.map((match: unknown) => text((match as Data | null)?.['secretId'])) : [];
  return [...new Set(found)].sort();
}

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
