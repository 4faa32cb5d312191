import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { scan } from '@underseal/fingerprint';
import { docxWith, emlWith, encryptedZip, pngOf, zipOf } from '@underseal/extract/testing';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { people } from '#features/people/contract.ts';
import { register } from '#features/register/contract.ts';
import type { Actor } from '#platform/server/actor.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { guard, guardFailures } from '../contract.ts';
import { createIndex } from './index-store.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.
On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const MILD = 'The supplier of the second furnace lining is paid within ten days and grants four per cent on every order above two tons in a quarter.';
const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor.';

const house = await startHouse();
const ravi = await house.hire('Ravi Sundaram', ['owner']);
const una = await house.hire('Una Lind', ['owner']);
const eve = await house.hire('Eve Marsh', ['employee']);
const sam = await house.hire('Sam Okafor', ['security']);
const carla = await house.hire('Carla Conti', ['counsel']);
const enter = async (who: TestPerson, { codeName, tier, text }: { codeName: string; tier: number; text: string }) =>
  (await who.on(register).enter({ codeName, title: 'T', tier, ownerId: who.id as never, elements: [{ heading: 'H', text }] })).secretId;
const kestrel = await enter(ravi, { codeName: 'KESTREL', tier: 3, text: SECRET });
const mild = await enter(ravi, { codeName: 'HERON', tier: 1, text: MILD });
await house.settle();
const gateway = await programOf(sam, 'Mail gateway');

test('who asked for a check, and by which way, is told to counsel, security and the owner of what matched', async () => {
  const asked = await eve.on(guard).inspect({ text: `${UNRELATED} ${SECRET}`, exit: 'page' });
  house.clock.advance(1000);
  await house.sendAs(gateway)('guard.inspect', { text: SECRET });
  house.clock.advance(1000);
  await una.on(guard).inspect({ text: UNRELATED, exit: 'command-line' });
  const seen = async (who: TestPerson) => (await who.on(guard).list({ limit: 3 })).items.map(({ exit, by }) => [exit, by.kind, by.name, by.you]);
  const all = [
    ['command-line', 'person', 'Una Lind', false],
    ['api', 'program', 'Mail gateway', false],
    ['page', 'person', 'Eve Marsh', false],
  ];
  assert.deepEqual(await seen(carla), all);
  assert.deepEqual(await seen(sam), all);
  // Of her own secrets alone: what Una checked is no business of Ravi's.
  assert.deepEqual(await seen(ravi), [['command-line', 'person', null, false], ...all.slice(1)]);
  assert.deepEqual(await seen(una), [
    ['command-line', 'person', 'Una Lind', true],
    ['api', 'program', null, false],
    ['page', 'person', null, false],
  ]);
  const { items } = await ravi.on(guard).exposure({ secretId: kestrel });
  assert.deepEqual(
    items.map(({ by, caseNumber, verdict }) => [by.name, verdict, caseNumber?.startsWith('C-')]),
    [
      ['Mail gateway', 'match', true],
      ['Eve Marsh', 'match', true],
    ],
  );
  assert.equal(items[1]!.caseNumber, asked.caseNumber);
});

test('the timeline of a secret tells who asked for a check as the exposure does', async () => {
  const bea = await house.hire('Bea Grantee', ['owner']);
  const until = new Date(house.clock.now().getTime() + 86_400_000).toISOString();
  await ravi.on(access).grant({ secretId: kestrel, personId: bea.id as never, reason: 'Works on the furnace', until });
  await (await house.hire('Emil Asker', ['employee'])).on(guard).inspect({ text: SECRET });
  await house.settle();
  const told = async (person: TestPerson) => {
    const { items } = await person.on(evidence).secretTimeline({ secretId: kestrel, limit: 50 });
    return items.filter(({ type }) => type === 'guard.inspected').map(({ actorName }) => actorName)[0];
  };
  assert.equal((await bea.on(guard).exposure({ secretId: kestrel, limit: 1 })).items[0]!.by.name, null);
  assert.equal(await told(bea), null);
  assert.equal(await told(ravi), 'Emil Asker');
});

test('a case number leads to its inspection, for those who review, and tells nobody more than the list does', async () => {
  const { id, caseNumber } = await eve.on(guard).inspect({ text: SECRET });
  assert.ok(caseNumber);
  for (const written of [caseNumber, caseNumber.toLowerCase()]) {
    const { items } = await ravi.on(guard).find({ caseNumber: written });
    assert.deepEqual(
      items.map((item) => [item.id, item.by.name, item.secrets.map(({ codeName }) => codeName)]),
      [[id, 'Eve Marsh', ['KESTREL']]],
    );
  }
  const [stranger] = (await una.on(guard).find({ caseNumber })).items;
  assert.deepEqual([stranger!.id, stranger!.by.name, stranger!.secrets], [id, null, []]);
  await assert.rejects(eve.on(guard).find({ caseNumber }), { code: 'platform.not_permitted' });
  await assert.rejects(eve.on(guard).show({ inspectionId: id }), { code: 'platform.not_permitted' });
  assert.deepEqual((await sam.on(guard).find({ caseNumber: 'C-00000000' })).items, []);
  const clear = await eve.on(guard).inspect({ text: UNRELATED });
  assert.deepEqual((await sam.on(guard).find({ caseNumber: `C-${clear.id.slice(4, 12)}` })).items, [], 'only a match has a case');
  assert.equal((await sam.send('guard.find', { caseNumber: 'KESTREL' })).status, 400);

  const shown = await ravi.on(guard).show({ inspectionId: id });
  assert.deepEqual(
    shown.matches.map(({ codeName, title, element, whole, passages, characters }) => [codeName, title, element, whole, passages, characters]),
    [['KESTREL', 'H', 1, true, 1, SECRET.length]],
  );
  assert.deepEqual((await una.on(guard).show({ inspectionId: id })).matches, []);
  await assert.rejects(sam.on(guard).show({ inspectionId: house.services.newId('ins') as never }), { code: guardFailures.inspectionMissing.code });
});

test('whoever registers a text of others again and again takes it from nobody', async () => {
  const text = `${UNRELATED} ${SECRET}`;
  const whose = async () => new Set((await ravi.on(guard).inspect({ text })).matches!.map(({ secret }) => secret));
  const before = await whose();
  assert.ok(before.has(kestrel));
  house.clock.advance(1000);
  const elements = Array.from({ length: 100 }, (_, i) => ({ heading: 'H', text: `${SECRET} ${i}` }));
  await una.on(register).enter({ codeName: 'CUCKOO', title: 'T', tier: 1, ownerId: una.id as never, elements });
  await house.settle();
  assert.ok((await whose()).has(kestrel), 'beside the segment that holds it');
  // As after a start: all in one segment.
  const index = createIndex(house.services);
  await index.refresh();
  assert.equal(index.parts().length, 1);
  const { matches } = scan(text, { key: index.key, segments: index.parts().map(({ segment }) => segment) });
  assert.ok(matches.some(({ documentId }) => index.source(documentId)?.secretId === kestrel));
});

test('what is advised tells nobody the tier of a secret that she may not know of', async () => {
  const text = `${UNRELATED} ${MILD}`;
  const advised = async (who: TestPerson) => (await who.on(guard).inspect({ text })).action;
  assert.deepEqual([await advised(ravi), await advised(carla)], ['warn', 'warn']);
  house.clock.advance(1000);
  assert.deepEqual([await advised(eve), await advised(una), await advised(sam)], ['block', 'block', 'block']);
  const { items } = await eve.on(evidence).mine({ limit: 1 });
  assert.deepEqual([items[0]!.type, items[0]!.data['action']], ['guard.inspected', 'block']);
  const program = (await house.sendAs(gateway)('guard.inspect', { text })).body as { action: string };
  assert.equal(program.action, 'block');
  house.clock.advance(1000);
  const { id } = await ravi.on(guard).inspect({ text });
  assert.equal((await ravi.on(guard).show({ inspectionId: id })).action, 'warn');
  assert.equal((await una.on(guard).show({ inspectionId: id })).action, 'block');
  assert.equal((await una.on(guard).list({ limit: 1 })).items[0]!.action, 'block');
  assert.ok((await ravi.on(guard).exposure({ secretId: mild })).items.some(({ action }) => action === 'warn'));
});

test('the registered file itself is told as such, and a copy of its text is not', async (t) => {
  const docx = Buffer.from(docxWith(`${SECRET} It is written down once.`));
  const archive = Buffer.from(zipOf({ 'a.txt': 'A first file with some words of its own in it.', 'b.txt': `${MILD} And so it stands.` }));
  const short = Buffer.from('Anneal at 431 degrees for 17 minutes, never 5.');
  for (const [name, bytes] of [
    ['schedule.docx', docx],
    ['both.zip', archive],
    ['short.txt', short],
  ] as const)
    await store(house, ravi, { secretId: kestrel, name, bytes });
  await house.settle();
  const check = async (bytes: Buffer) => ravi.on(guard).inspect({ base64: bytes.toString('base64') });

  await t.test('a document', async () => {
    const { matches, characters } = await check(docx);
    const [first, ...others] = matches!;
    assert.deepEqual([first!.title, first!.whole, first!.confidence, first!.passages.length, first!.cut], ['schedule.docx', true, 'certain', 1, false]);
    assert.deepEqual([first!.characters, first!.sourceCharacters], [characters, characters]);
    const [passage] = first!.passages;
    assert.deepEqual([passage!.from, passage!.to, passage!.sourceFrom, passage!.sourceTo], [0, characters, 0, characters]);
    assert.ok(others.length > 0 && others.every(({ whole }) => !whole), 'the element stands in it');
  });
  await t.test('an archive: each of its texts', async () => {
    const [first] = (await check(archive)).matches!;
    assert.deepEqual([first!.title, first!.whole, first!.foundIn.path, first!.passages.length], ['both.zip', true, [], 2]);
    const [a, b] = first!.passages;
    assert.ok(a!.sourceTo < b!.sourceFrom && b!.sourceTo === first!.sourceCharacters && a!.part !== b!.part);
  });
  await t.test('even where it is too short for a passage', async () => {
    const [first] = (await check(short)).matches!;
    assert.deepEqual([first!.title, first!.whole, first!.characters], ['short.txt', true, short.length]);
    assert.equal((await ravi.on(guard).inspect({ text: short.toString() })).matches![0]!.whole, true);
  });
  await t.test('one byte more, and it is a copy', async () => {
    const { matches } = await check(Buffer.from(docxWith(`${SECRET} It is written down once!`)));
    assert.deepEqual(
      matches!.filter(({ title }) => title === 'schedule.docx').map(({ whole, passages }) => [whole, passages.length]),
      [[false, 1]],
    );
  });
  await t.test('packed in others, also where a file of the same name lies beside it', async () => {
    const inner = Buffer.from(zipOf({ 'other.txt': UNRELATED, 'sent/schedule.docx': docx }));
    const [first, ...others] = (await check(Buffer.from(zipOf({ 'all.zip': inner })))).matches!;
    assert.deepEqual([first!.title, first!.whole, first!.foundIn], ['schedule.docx', true, { path: ['all.zip', 'sent/schedule.docx'], kind: 'file' }]);
    assert.deepEqual([first!.characters, first!.passages.length], [first!.sourceCharacters, 1]);
    assert.ok(others.every(({ whole }) => !whole));
    const twins = Buffer.from(
      zipOf([
        { name: 'a.docx', data: docx },
        { name: 'a.docx', data: docxWith(UNRELATED) },
      ] as never),
    );
    const [twin] = (await check(twins)).matches!;
    assert.deepEqual([twin!.title, twin!.whole, twin!.confidence], ['schedule.docx', true, 'certain']);
    assert.ok(twin!.passages.length > 0 && twin!.passages.every(({ sourceTo }) => sourceTo <= twin!.sourceCharacters));
  });
  await t.test('a picture or a drawing, which holds no text: alone, in a mail, and in a document', async () => {
    const picture = Buffer.from(pngOf(900, 700, 40_000));
    const drawing = Buffer.concat([Buffer.from('AC1032\0\0'), Buffer.from(Array.from({ length: 4_000 }, (_, i) => (i * 131) % 256))]);
    await store(house, ravi, { secretId: kestrel, name: 'furnace.png', bytes: picture });
    await store(house, ravi, { secretId: kestrel, name: 'furnace.dwg', bytes: drawing });
    await house.settle();
    const { items } = await ravi.on(guard).fingerprints({ secretId: kestrel });
    assert.equal(items.filter(({ state, asFile }) => state === 'failed' && asFile).length, 2, JSON.stringify(items));
    const alone = await check(picture);
    assert.deepEqual([alone.verdict, alone.matches![0]!.title, alone.matches![0]!.whole, alone.unread[0]?.reason], ['match', 'furnace.png', true, 'image']);
    const { channel, characters, sourceCharacters, passages } = alone.matches![0]!;
    assert.deepEqual([channel, characters, sourceCharacters, passages], ['file', 0, 0, []]);
    const mail = emlWith({ text: UNRELATED, attachments: [{ name: 'x.bin', data: drawing }] } as never);
    const mailed = await check(mail);
    assert.deepEqual([mailed.matches![0]!.title, mailed.matches![0]!.whole, mailed.matches![0]!.foundIn.path.at(-1)], ['furnace.dwg', true, 'x.bin']);
    const pasted = await check(Buffer.from(docxWith(UNRELATED, { 'word/media/image1.png': picture })));
    assert.deepEqual([pasted.matches![0]!.title, pasted.matches![0]!.foundIn.path], ['furnace.png', ['word/media/image1.png']]);
    assert.equal((await check(Buffer.concat([picture, Buffer.from('.')]))).verdict, 'not-inspected', 'one byte more, and it is not known');
  });
  await t.test('what is so short that it stands in files of everybody is nobody’s own', async () => {
    const page = Buffer.from('{}\n');
    await store(house, ravi, { secretId: kestrel, name: 'empty.json', bytes: page });
    await house.settle();
    assert.equal((await check(page)).verdict, 'clear');
    assert.equal((await check(Buffer.from(zipOf({ 'a.json': page })))).verdict, 'clear');
  });
  await t.test('it stands so in the ledger and in what is kept', async () => {
    house.clock.advance(1000);
    const { id } = await check(docx);
    const { matches } = await ravi.on(guard).show({ inspectionId: id });
    assert.ok(matches.some(({ title, whole }) => title === 'schedule.docx' && whole));
    const { items } = await ravi.on(evidence).mine({ limit: 1 });
    assert.match(JSON.stringify(items[0]!.data), /"whole":true/);
  });
});

test('what matches most of all is told and recorded all the same', async () => {
  const hex = (n: number) => createHash('sha256').update(`word ${n}`).digest('hex').slice(0, 10);
  const sentences = Array.from({ length: 50 }, (_, i) => Array.from({ length: 12 }, (_x, j) => hex(i * 12 + j)).join(' '));
  const { secretId } = await ravi.on(register).enter({ codeName: 'CURLEW', title: 'Many', tier: 3, ownerId: ravi.id as never });
  // Two texts in thirty elements each: what stands in more than fifty would be nobody's own.
  const texts = [sentences.slice(0, 25), sentences.slice(25)].map((half) => half.join('. '));
  for (let i = 0; i < 60; i++) await ravi.on(register).addElement({ secretId, heading: `Copy ${i}`, text: texts[i % 2]! });
  await house.settle();
  // Backwards, so that each sentence is a passage of its own.
  const { verdict, matches, id } = await ravi.on(guard).inspect({ text: sentences.toReversed().join(' ; ') });
  assert.equal(verdict, 'match');
  assert.ok(matches!.length >= 60 && matches!.every(({ passages }) => passages.length > 8), String(matches!.map(({ passages }) => passages.length)));
  const { items } = await ravi.on(evidence).mine({ limit: 1 });
  const data = items[0]!.data as { inspectionId: string; cut: boolean; matches: { passages: unknown[] }[] };
  assert.deepEqual([data.inspectionId, data.cut, data.matches.length], [id, true, 50]);
  assert.equal(
    data.matches.reduce((sum, { passages }) => sum + passages.length, 0),
    400,
  );
  const shown = await ravi.on(guard).show({ inspectionId: id });
  assert.ok(shown.matches.length >= 60 && shown.matches.every(({ passages }) => passages > 8));
});

test('characters are counted once, as they stand there', async () => {
  const check = async (bytes: Buffer) => ravi.on(guard).inspect({ base64: bytes.toString('base64'), name: 'a.txt' });
  const plain = Buffer.from(`${UNRELATED}\r\nWhere a < b and <b>bold</b> stands, it is read as a page of the web as well: <p>once more</p>.\r\n${UNRELATED}`);
  const { characters, parts } = await check(plain);
  assert.ok(parts.length > 1, 'it is looked through in both ways');
  assert.equal(characters, plain.length);
  const locked = await check(Buffer.from(encryptedZip()));
  assert.deepEqual([locked.verdict, locked.characters], ['not-inspected', 0], 'the names of its entries are none of its content');
  const { matches } = await ravi.on(guard).inspect({ text: `${UNRELATED} ${SECRET}` });
  const { passages, characters: all } = matches!.find(({ element }) => element === 1)!;
  assert.equal(
    passages.reduce((sum, { from, to, characters: one }) => (assert.equal(one, to - from), sum + one), 0),
    all,
  );
});

/** A program with a token of somebody, as the door knows it. */
async function programOf(maker: TestPerson, name: string): Promise<Actor> {
  const { tokenId } = await maker.on(people).makeToken({ name, permissions: ['guard:inspect'] });
  return { kind: 'token', id: tokenId, madeBy: maker.id, permissions: new Set(['guard:inspect']), address: '127.0.0.1' };
}
