import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRefusals, foldRepeats } from './fold-repeats.ts';
import { tellEntry } from './sentences.ts';

const entry = (minute: number, type: string, secretId = 'sec_a', actorName = 'Ravi') => ({
  at: `2026-11-23T09:${String(minute).padStart(2, '0')}:00.000Z`,
  type,
  actorName,
  data: { secretId } as Record<string, unknown>,
});
const words = (entries: readonly ReturnType<typeof entry>[]) => foldRepeats(entries).map(({ type, data }) => tellEntry(type, data).words);

test('documents stored at once began in one line; what happened later, by another or for another secret stands alone', () => {
  assert.deepEqual(words([entry(3, 'vault.upload_begun'), entry(2, 'vault.stored'), entry(2, 'vault.upload_begun'), entry(1, 'vault.upload_begun')]), [
    'Began 3 uploads',
    'Stored version  of a document',
  ]);
  const apart = [
    entry(50, 'vault.upload_begun'),
    entry(30, 'vault.upload_begun'),
    entry(29, 'vault.upload_begun', 'sec_b'),
    entry(28, 'vault.upload_begun', 'sec_a', 'Una'),
  ];
  assert.deepEqual(
    words(apart),
    Array.from({ length: 4 }, () => 'Began to upload a document'),
  );
  assert.equal(foldRepeats([entry(3, 'vault.stored'), entry(2, 'vault.stored')]).length, 2, 'what has a name is never folded');
});

test('checks of one person with one answer are one line, and tell how many', () => {
  const checked = (minute: number, verdict: string) => ({
    ...entry(minute, 'guard.inspected'),
    data: { secretId: 'sec_a', verdict, action: 'block' } as Record<string, unknown>,
  });
  assert.deepEqual(words([checked(5, 'clear'), checked(4, 'match'), checked(3, 'match'), checked(2, 'match')]), [
    'Had something inspected: clear',
    'Had something inspected, 3 times: match, not to be sent',
  ]);
  const names = { sec_k: 'KESTREL', sec_h: 'HERON' };
  const found = (minute: number, ...ids: string[]) => {
    const one = checked(minute, 'match');
    return { ...one, data: { ...one.data, names, matches: ids.map((secretId) => ({ secretId })) } };
  };
  // What found something else is a line of its own; a secret without a name here is one that the reader may not know of.
  assert.deepEqual(words([found(5, 'sec_k', 'sec_h', 'sec_k'), found(4, 'sec_h'), found(3, 'sec_h'), found(2, 'sec_x')]), [
    'Had something inspected: match of HERON and KESTREL, not to be sent',
    'Had something inspected, 2 times: match of HERON, not to be sent',
    'Had something inspected: match, not to be sent',
  ]);
});

test('a folded line keeps every time that is folded into it', () => {
  const [line, ...rest] = foldRepeats([entry(9, 'vault.upload_begun'), entry(4, 'vault.upload_begun'), entry(1, 'vault.upload_begun')]);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    line!.lines.map(({ at }) => at.slice(14, 16)),
    ['09', '04', '01'],
  );
});

test('refusals of one person are told in words, once, and apart from those about something else', () => {
  const refused = (minute: number, subject: string, code = 'platform.subject_missing', operation = 'register.show') => {
    const one = entry(minute, 'door.refused');
    return { ...one, data: { subject, code, operation } };
  };
  assert.deepEqual(words([refused(4, 'sec_a'), refused(3, 'sec_a'), refused(3, 'sec_b'), refused(2, 'sec_b', 'platform.opening_not_granted')]), [
    'Was refused 2 times: it was not open to them, or did not exist (looking at a secret)',
    'Was refused: it was not open to them, or did not exist (looking at a secret)',
    'Was refused: no grant lets them open it (looking at a secret)',
  ]);
  assert.doesNotMatch(words([refused(1, 'sec_a', 'vault.unheard_of')])[0]!, /unheard/);
  const several = [refused(2, 'sec_a', 'platform.subject_missing', 'vault.list'), refused(1, 'sec_a')];
  assert.deepEqual(words(several), ['Was refused 2 times: it was not open to them, or did not exist']);
});

test('a grant says to whom and until when, an opening what was opened, where the names are known', () => {
  const told = (type: string, data: object, names: object = {}) => tellEntry(type, { ...data, names }).words;
  const grant = { personId: 'per_1', until: '2026-12-01T12:00:00.000Z' };
  assert.equal(told('access.granted', grant, { per_1: 'Maja Lindqvist' }), 'Let Maja Lindqvist in until 1 Dec 2026');
  assert.equal(told('access.revoked', grant), 'Ended the access of somebody');
  assert.equal(told('vault.opened', { versionId: 'ver_1' }, { ver_1: 'curve.txt, version 2' }), 'Downloaded “curve.txt”, version 2');
  assert.equal(told('register.element_opened', { elementId: 'elm_1' }, { elm_1: 'element 2' }), 'Opened the text of element 2');
});

test('a refusal that came as the access of that very person ended says so; of another, of another secret or later it does not', () => {
  const at = (second: number) => `2026-11-23T09:00:${String(second).padStart(2, '0')}.000Z`;
  const refused = (second: number, data: object = {}, actor = 'per_bea') => ({
    at: at(second),
    type: 'door.refused',
    actor,
    actorName: 'Bea',
    data: { subject: 'sec_a', code: 'platform.subject_missing', operation: 'register.show', ...data } as Record<string, unknown>,
  });
  const revoked = { at: at(10), type: 'access.revoked', actor: 'per_ravi', actorName: 'Ravi', data: { secretId: 'sec_a', personId: 'per_bea' } };
  const handed = {
    at: at(10),
    type: 'register.owner_changed',
    actor: 'per_bea',
    actorName: 'Bea',
    data: { secretId: 'sec_b', from: 'per_bea', to: 'per_una' },
  };
  const isExplained = (entry: ReturnType<typeof refused>) => {
    const all: Parameters<typeof explainRefusals>[0] = [entry, handed, revoked];
    return explainRefusals(all)[0]!.data['atEnd'] === true;
  };
  assert.deepEqual([refused(11), refused(11, { subject: 'sec_b' })].map(isExplained), [true, true]);
  const others = [
    refused(9),
    refused(11, {}, 'per_una'),
    refused(11, { subject: 'sec_c' }),
    refused(11, { code: 'platform.not_permitted' }),
    { ...refused(11), at: '2026-11-23T09:00:20.000Z' },
  ];
  assert.deepEqual(others.map(isExplained), Array(5).fill(false));
  assert.equal(
    tellEntry('door.refused', explainRefusals([refused(11), revoked])[0]!.data).words,
    'Was refused: asked once more right after their access ended, as an open page does by itself',
  );
});

test('of two refusals after an end only the first may be the page’s own', () => {
  const refused = (second: string) => ({
    at: `2026-11-23T09:00:${second}.000Z`,
    type: 'door.refused',
    actor: 'per_bea',
    actorName: 'Bea',
    data: { subject: 'sec_a', code: 'platform.subject_missing' } as Record<string, unknown>,
  });
  const revoked = { ...refused('10'), type: 'access.revoked', actor: 'per_ravi', data: { secretId: 'sec_a', personId: 'per_bea' } };
  const all: Parameters<typeof explainRefusals>[0] = [refused('12'), refused('11'), revoked];
  assert.deepEqual(
    explainRefusals(all).map(({ data }) => data['atEnd'] ?? false),
    [false, true, false],
  );
});

test('a line that may go on in what was not loaded says so', () => {
  const many = [entry(9, 'guard.inspected'), entry(8, 'guard.inspected'), entry(7, 'vault.stored')];
  const times = (more: boolean) => foldRepeats(many, { more })[0]!.data['times'];
  assert.deepEqual([times(false), times(true)], [2, '2 or more']);
  const long = [...many, entry(0, 'vault.stored', 'sec_b'), { ...entry(0, 'vault.stored'), at: '2026-11-23T08:00:00.000Z' }];
  assert.equal(foldRepeats(long, { more: true })[0]!.data['times'], 2);
});

test('a revision says what of the sheet it changed', () => {
  const told = (changed: unknown) => tellEntry('register.revised', { changed }).words;
  assert.equal(told(['tier']), 'Revised a secret: its tier');
  assert.equal(told(['title', 'storedIn', 'reviewOn']), 'Revised a secret: its title, where it is kept and its next review');
  assert.equal(told(['contributors', 'combination']), 'Revised a secret: who made it and whether the combination is the secret');
  assert.equal(told(undefined), 'Revised a secret');
});

test('what can be recognised is named, where its name is known', () => {
  const told = (data: object, names: object = {}) => tellEntry('guard.fingerprinted', { ...data, names }).words;
  assert.equal(told({ state: 'ready', source: 'doc_1', versionId: 'ver_1' }, { ver_1: 'schedule.docx' }), '“schedule.docx” can now be recognised');
  assert.equal(told({ state: 'ready', source: 'elm_1', versionId: null }, { elm_1: 'element 2' }), 'Element 2 can now be recognised');
  assert.equal(told({ state: 'empty', source: 'elm_1' }), 'An element holds no text of which a passage could be recognised');
  assert.equal(told({ state: 'failed', source: 'doc_1' }), 'A document could not be read, so that no passage of it can be recognised');
});
