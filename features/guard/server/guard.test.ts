import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import pg from 'pg';
import { docxWith, encryptedZip, pngOf, zipOf } from '@underseal/extract/testing';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { createVaultBytes } from '#features/vault/server/index.ts';
import type { Actor } from '#platform/server/actor.ts';
import { startHouse } from '#testing/house.ts';
import { store } from '#testing/material.ts';
import { guard } from '../contract.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.
On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const UNRELATED =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator on the third floor before the cleaners come.';

test('a passage of a registered document is recognised, and nobody learns more than he may', async (t) => {
  const house = await startHouse();
  const ravi = await house.hire('Ravi Sundaram', ['owner']);
  const eve = await house.hire('Eve Employee', ['employee']);
  const { secretId } = await ravi.on(register).enter({
    codeName: 'KESTREL',
    title: 'Firing schedule, separator line 2',
    tier: 3,
    ownerId: ravi.id as never,
    elements: [
      { heading: 'Ramp', text: 'The ramp between the stages follows the square root of the remaining binder, taken from the furnace balance each minute.' },
    ],
  });
  const { documentId } = await store(house, ravi, { secretId, name: 'schedule.txt', bytes: Buffer.from(SECRET) });
  await house.settle();

  await t.test('the fingerprints are ready', async () => {
    const { items } = await ravi.on(guard).fingerprints({ secretId });
    assert.deepEqual(
      items.map((item) => item.state),
      ['ready', 'ready'],
    );
  });
  await t.test('the same text matches with its passages', async () => {
    const { verdict, action, matches } = await ravi.on(guard).inspect({ text: SECRET });
    assert.equal(verdict, 'match');
    assert.equal(action, 'block');
    assert.equal(matches![0]!.document, documentId);
    const [passage] = matches![0]!.passages;
    assert.ok(passage!.to - passage!.from > 0.8 * SECRET.length);
  });
  await t.test('two sentences in an unrelated mail, re-wrapped and in capitals, match at the right place', async () => {
    const part = SECRET.slice(0, 180).toUpperCase().replaceAll(' ', '\n> ');
    const { verdict, matches } = await ravi.on(guard).inspect({ text: `${UNRELATED}\n\n${part}\n\n${UNRELATED}` });
    assert.equal(verdict, 'match');
    assert.ok(matches![0]!.passages[0]!.from >= UNRELATED.length - 16);
  });
  await t.test('an element is named by its number', async () => {
    const { matches } = await ravi.on(guard).inspect({
      text: `We found that the ramp between the stages follows the square root of the remaining binder, taken from the furnace balance each minute. ${UNRELATED}`,
    });
    assert.equal(matches![0]!.element, 1);
  });
  await t.test('a zip with it inside a docx matches', async () => {
    const { verdict } = await ravi.on(guard).inspect({ base64: Buffer.from(zipOf({ 'a.docx': docxWith(SECRET) })).toString('base64') });
    assert.equal(verdict, 'match');
  });
  await t.test('an unrelated text is clear, an encrypted zip is not inspected', async () => {
    assert.equal((await ravi.on(guard).inspect({ text: UNRELATED })).verdict, 'clear');
    const { verdict, action, unread } = await ravi.on(guard).inspect({ base64: Buffer.from(encryptedZip()).toString('base64') });
    assert.deepEqual([verdict, action, unread[0]?.reason], ['not-inspected', 'block', 'encrypted']);
  });
  await t.test('whoever may not review gets a case number and no match', async () => {
    const { verdict, matches, caseNumber } = await eve.on(guard).inspect({ text: SECRET });
    assert.equal(verdict, 'match');
    assert.equal(matches, null);
    assert.match(caseNumber!, /^C-/);
  });
  await t.test('a reviewer without knowledge of the secret is told of no secret', async () => {
    const sam = await house.hire('Sam Security', ['security']);
    assert.deepEqual((await sam.on(guard).inspect({ text: SECRET })).matches, []);
    assert.deepEqual((await sam.on(guard).list({})).items[0]!.secrets, []);
  });
  await t.test('passages are released to the owner alone, and that is recorded', async () => {
    const { id, matches } = await ravi.on(guard).inspect({ text: SECRET });
    const ask = { secretId, inspectionId: id, source: matches![0]!.document };
    const { passages } = await ravi.on(guard).passages(ask);
    assert.match(passages[0]!.text, /binder fraction/);
    await assert.rejects(eve.on(guard).passages(ask), { code: 'platform.subject_missing' });
    const carl = await house.hire('Carl Counsel', ['counsel']);
    await assert.rejects(carl.on(guard).passages(ask), { code: 'platform.opening_not_granted' });
    const { items } = await ravi.on(evidence).secretTimeline({ secretId });
    assert.ok(items.some((item) => item.type === 'guard.passages_shown'));
  });
  await t.test('a match row that was written by hand opens no text of another secret', async () => {
    const una = await house.hire('Una Owner', ['owner']);
    const own = await una.on(register).enter({ codeName: 'HERON', title: 'Another', tier: 1, ownerId: una.id as never });
    const { documentId } = await store(house, una, { secretId: own.secretId, name: 'own.txt', bytes: Buffer.from(UNRELATED.repeat(2)) });
    await house.settle();
    const { id } = await una.on(guard).inspect({ text: UNRELATED });
    const { items } = await ravi.on(guard).fingerprints({ secretId });
    const client = new pg.Client(house.owner);
    await client.connect();
    try {
      for (const item of items) {
        const sourceId = item.version ?? item.source;
        const values = [id, sourceId, own.secretId, item.version === null ? 1 : null, '[{"srcFrom":0,"srcTo":100000}]', house.clock.now()];
        await client.query(
          `insert into guard_match (inspection_id, source_id, secret_id, element_number, confidence, characters, passages, at, seal, passages_seal) values ($1, $2, $3, $4, 'certain', 1, $5, $6, '', '')`,
          values,
        );
        for (const source of [documentId, item.source]) {
          const { body } = await una.send(guard.passages.name, { secretId: own.secretId, inspectionId: id, source }).catch(() => ({ body: 'a bug' }));
          assert.doesNotMatch(JSON.stringify(body), /binder fraction|furnace balance/);
        }
      }
    } finally {
      await client.end();
    }
  });
  await t.test('a grant lets the employee open, its end shuts her out', async () => {
    const { items } = await ravi.on(vault).list({ secretId });
    await assert.rejects(eve.on(vault).open({ versionId: items[0]!.latest }), { code: 'platform.subject_missing' });
    const { grantId } = await ravi
      .on(access)
      .grant({ secretId, personId: eve.id as never, reason: 'Runs the firing on shift B', until: '2026-12-31T00:00:00.000Z' });
    const { get } = await eve.on(vault).open({ versionId: items[0]!.latest });
    const { bytes } = await createVaultBytes(house.services).get({
      ticket: get.ticket,
      actor: eve.actor,
      again: async () => eve.actor,
      signal: new AbortController().signal,
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), SECRET);
    // What she may open is no news to her: a check of hers tells what matched in it, and nothing of what is hidden from her.
    const una = await house.hire('Una Hidden', ['owner']);
    const hidden = 'Nickel plating goes through nine baths, of which the fourth carries hypophosphite at a density nobody else dares to run on steel.';
    await una.on(register).enter({ codeName: 'PLOVER', title: 'Baths', tier: 3, ownerId: una.id as never, elements: [{ heading: 'Baths', text: hidden }] });
    await house.settle();
    const { id, matches, action } = await eve.on(guard).inspect({ text: `${SECRET}\n\n${hidden}`, exit: 'page' });
    assert.ok(matches!.length > 0 && matches!.every(({ secret, codeName }) => secret === secretId && codeName === 'KESTREL'));
    assert.equal(action, 'block');
    const opened = await eve.on(guard).passages({ secretId, inspectionId: id, source: matches![0]!.document });
    assert.match(opened.passages[0]!.text, /binder fraction/);
    assert.equal((await eve.on(guard).inspect({ text: hidden })).matches, null);
    await ravi.on(access).revoke({ grantId, reason: 'Shift has ended' });
    assert.equal((await eve.on(guard).inspect({ text: SECRET })).matches, null);
    await assert.rejects(eve.on(guard).passages({ secretId, inspectionId: id, source: matches![0]!.document }), { code: 'platform.subject_missing' });
    await assert.rejects(eve.on(vault).open({ versionId: items[0]!.latest }), { code: 'platform.subject_missing' });
  });
});

test('of each source that is named its state is told, however many there are, and of all of them how many can be recognised', async (t) => {
  const house = await startHouse();
  const ravi = await house.hire('Ravi', ['owner']);
  const enter = async (codeName: string, count: number) => {
    const elements = Array.from({ length: count }, (_, n) => ({ heading: `Point ${n}`, text: sentences(100 * n, 2) }));
    const { secretId } = await ravi.on(register).enter({ codeName, title: codeName, tier: 2, ownerId: ravi.id as never, elements });
    return { secretId, ids: (await ravi.on(register).show({ secretId })).elements.map(({ id }) => id) };
  };
  const { secretId, ids } = await enter('KESTREL', 3);
  const other = await enter('HERON', 1);
  const texts = await store(house, ravi, { secretId, name: 'text.txt', bytes: Buffer.from(SECRET) });
  const picture = await store(house, ravi, { secretId, name: 'drawing.png', bytes: Buffer.from(pngOf(900, 700, 4000)) });
  const part = await store(house, ravi, {
    secretId,
    name: 'both.zip',
    bytes: Buffer.from(zipOf({ 'a.txt': SECRET.slice(0, 200), 'b.png': pngOf(900, 700, 4000) })),
  });
  await store(house, ravi, { secretId, name: 'short.txt', bytes: Buffer.from('too short') });
  await house.settle();

  await t.test('those that are named, and no others', async () => {
    const { items } = await ravi.on(guard).fingerprints({ secretId, sourceIds: [texts.versionId, picture.versionId, ids[2]!, other.ids[0]!] });
    assert.deepEqual(
      items.map((item) => [item.version ?? item.source, item.state]).sort(),
      [
        [texts.versionId, 'ready'],
        [picture.versionId, 'failed'],
        [ids[2]!, 'ready'],
      ].sort(),
      'and what is of another secret is not told here',
    );
  });
  await t.test('all are counted, each once', async () => {
    assert.deepEqual(await ravi.on(guard).recognition({ secretId }), { whole: 4, inPart: 1, asFile: 1, none: 1, pending: 0 });
    const { items } = await ravi.on(guard).fingerprints({ secretId, sourceIds: [part.versionId] });
    assert.match(items[0]!.reason!, /in part unread/);
  });
  await t.test('what was said to be ready by hand is not', async () => {
    const client = new pg.Client(house.owner);
    await client.connect();
    try {
      await client.query(
        `insert into guard_fingerprint select 'elm_00000000000000000000000000', lineage, secret_id, 9, 'ready', null, '{}', sealed, queued_at, built_at, seal
        from guard_fingerprint where source_id = $1`,
        [ids[0]],
      );
    } finally {
      await client.end();
    }
    assert.deepEqual(await ravi.on(guard).recognition({ secretId }), { whole: 4, inPart: 1, asFile: 1, none: 1, pending: 1 });
  });
});

test('what is told of a match names the document, lies where it says, and has an end', async (t) => {
  const house = await startHouse();
  const ravi = await house.hire('Ravi', ['owner', 'security']);
  const { secretId } = await ravi.on(register).enter({
    codeName: 'KESTREL',
    title: 'Firing schedule',
    tier: 3,
    ownerId: ravi.id as never,
    elements: [{ heading: 'Ramp between stages', text: sentences(7000, 8) }],
  });
  const long = sentences(0, 250);
  const { documentId } = await store(house, ravi, { secretId, name: 'schedule.txt', bytes: Buffer.from(long) });
  const archive = zipOf({ 'a/first.txt': sentences(8000, 20), 'second.txt': sentences(9000, 20) });
  await store(house, ravi, { secretId, name: 'both.zip', bytes: Buffer.from(archive) });
  await house.settle();
  const only = async (text: string) => (await ravi.on(guard).inspect({ text })).matches![0]!;

  await t.test('the length of the registered text is its own, wherever in it the passages lie', async () => {
    const head = await only(long.slice(0, 4000));
    assert.equal(head.document, documentId);
    assert.equal(head.sourceCharacters, long.length);
    assert.ok(head.passages.at(-1)!.sourceTo <= 4000 && long.length > 15_000);
  });
  await t.test('the file, the heading of an element, and the member of an archive have their names', async () => {
    assert.deepEqual((({ title, foundIn }) => [title, foundIn.path])(await only(long)), ['schedule.txt', []]);
    assert.equal((await only(sentences(7000, 8))).title, 'Ramp between stages');
    const zip = Buffer.from(zipOf({ 'drafts/mail.txt': UNRELATED, 'drafts/copy.docx': docxWith(long.slice(0, 3000)) }));
    const { matches } = await ravi.on(guard).inspect({ base64: zip.toString('base64') });
    assert.deepEqual(
      matches!.map(({ title, foundIn }) => [title, foundIn.path]),
      [['schedule.txt', ['drafts/copy.docx']]],
    );
  });
  await t.test('an inspection that matched several documents of a secret names the secret once', async () => {
    house.clock.advance(1000);
    const { matches } = await ravi.on(guard).inspect({ text: `${long} ${sentences(9000, 20)}` });
    assert.equal(matches!.length, 2);
    const [row] = (await ravi.on(guard).list({ limit: 1 })).items;
    assert.deepEqual(row!.secrets, [{ secretId, codeName: 'KESTREL', characters: matches![0]!.characters }]);
  });
  await t.test('the name is that of the version that matched', async () => {
    const bytes = Buffer.from(sentences(11_000, 30));
    await store(house, ravi, { secretId, documentId, name: 'schedule, new.txt', bytes });
    await house.settle();
    assert.equal((await only(long)).title, 'schedule.txt');
    assert.equal((await only(bytes.toString())).title, 'schedule, new.txt');
  });
  await t.test('whoever may not know of the secret, or may not list documents, is told no title; a program is told neither', async () => {
    const sam = await house.hire('Sam', ['security']);
    assert.deepEqual((await sam.on(guard).inspect({ text: long })).matches, []);
    const inspect = async (actor: Actor) =>
      (await house.sendAs(actor)('guard.inspect', { text: long })).body as { matches: { codeName: string; title: string }[] };
    const without = { ...ravi.actor, permissions: new Set(['guard:inspect', 'guard:review']) };
    assert.deepEqual((({ codeName, title }) => [codeName, title])((await inspect(without)).matches[0]!), ['KESTREL', '']);
    const program: Actor = { kind: 'token', id: house.services.newId('tok'), madeBy: ravi.id, permissions: ravi.actor.permissions, address: '127.0.0.1' };
    assert.deepEqual((({ codeName, title }) => [codeName, title])((await inspect(program)).matches[0]!), ['', '']);
  });
  await t.test('passages never overlap, in the answer and in the ledger, and are opened with what stands around them', async () => {
    // The end of one copied stretch is the beginning of another: a phrase that stands twice in the registered text.
    const twice = `${sentences(0, 12)} ${sentences(40, 6)}`;
    const { id, matches } = await ravi.on(guard).inspect({ text: `${UNRELATED} ${twice} ${UNRELATED} ${sentences(100, 5)}` });
    const { passages } = matches![0]!;
    assert.ok(passages.length >= 2);
    passages.forEach((one, i) => assert.ok(i === 0 || one.from >= passages[i - 1]!.to));
    const opened = await ravi.on(guard).passages({ secretId, inspectionId: id, source: documentId });
    assert.deepEqual(
      opened.passages.map(({ from, to }) => [from, to]),
      passages.map(({ sourceFrom, sourceTo }) => [sourceFrom, sourceTo]),
    );
    for (const { from, to, text, before, after, path } of opened.passages) {
      assert.equal(before + text + after, long.slice(Math.max(0, from - 400), to + 400));
      assert.deepEqual(path, []);
    }
  });
  await t.test('opened passages of an archive say in which member they lie', async () => {
    const { id, matches } = await ravi.on(guard).inspect({ text: sentences(9000, 20) });
    assert.equal(matches![0]!.title, 'both.zip');
    const { passages } = await ravi.on(guard).passages({ secretId, inspectionId: id, source: matches![0]!.document });
    assert.deepEqual(
      passages.map(({ path }) => path),
      [['second.txt']],
    );
  });
  await t.test('what is cut is said to be cut, and the verdict is of all', async () => {
    // Sixty stretches of one document, in an order of their own, so that none runs on into the next.
    const many = Array.from({ length: 60 }, (_, i) => `${sentences(((i * 7) % 60) * 4, 2)} ${'. '.repeat(30)}${sentences(20_000 + i * 10, 8)}`).join('\n');
    const { matches } = await ravi.on(guard).inspect({ text: many });
    assert.deepEqual([matches![0]!.passages.length, matches![0]!.cut], [50, true]);
    const files = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`${i}.txt`, i === 699 ? long.slice(0, 2000) : 'x']));
    const found = await ravi.on(guard).inspect({ base64: Buffer.from(zipOf(files)).toString('base64'), exit: 'page' });
    assert.deepEqual([found.verdict, found.parts.length, found.cut, found.matches![0]!.foundIn.path], ['match', 500, ['parts'], ['699.txt']]);
    const images = zipOf(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.png`, pngOf(2000, 2000, 4000)])));
    const unread = await ravi.on(guard).inspect({ base64: Buffer.from(images).toString('base64') });
    assert.deepEqual([unread.verdict, unread.unread.length, unread.cut], ['not-inspected', 200, ['unread']]);
    assert.deepEqual((await ravi.on(guard).inspect({ text: UNRELATED })).cut, []);
    assert.equal((await only(long)).cut, false);
  });
  await t.test('more documents than are told', async () => {
    for (let i = 0; i < 101; i++)
      await ravi
        .on(register)
        .enter({ codeName: `M-${i}`, title: 'Many', tier: 1, ownerId: ravi.id as never, elements: [{ heading: 'One', text: sentences(30_000 + 10 * i, 3) }] });
    await house.settle();
    const all = Array.from({ length: 101 }, (_, i) => sentences(30_000 + 10 * i, 3));
    const few = await ravi.on(guard).inspect({ text: all.slice(0, 60).join(' ') });
    assert.deepEqual([few.matches!.length, few.cut, few.action], [60, [], 'warn']);
    // Of which tier those are that no scan lists is not known: blocked.
    const inOne = await ravi.on(guard).inspect({ text: all.join(' ') });
    assert.deepEqual([inOne.matches!.length, inOne.cut, inOne.action], [100, ['matches'], 'block']);
    const files = Object.fromEntries(all.map((text, i) => [`${i}.txt`, text]));
    const inMany = await ravi.on(guard).inspect({ base64: Buffer.from(zipOf(files)).toString('base64') });
    assert.deepEqual([inMany.matches!.length, inMany.cut, inMany.action], [100, ['matches'], 'warn']);
  });
  await t.test('texts come back to the page alone, and only those that matched', async () => {
    const zip = Buffer.from(zipOf({ 'a.txt': UNRELATED, 'b.txt': long.slice(0, 2000) })).toString('base64');
    const texts = async (exit: 'page' | 'api') => (await ravi.on(guard).inspect({ base64: zip, exit })).parts.map(({ text }) => text !== null);
    assert.deepEqual((await texts('api')).filter(Boolean), []);
    assert.deepEqual((await texts('page')).filter(Boolean).length, 1);
  });
});

test('secrets of which nothing can be recognised are listed to those who may know of them, page after page', async () => {
  const house = await startHouse();
  const ravi = await house.hire('Ravi', ['owner']);
  const una = await house.hire('Una', ['owner']);
  const enter = (codeName: string, text?: string) =>
    ravi.on(register).enter({ codeName, title: 'T', tier: 2, ownerId: ravi.id as never, elements: text === undefined ? [] : [{ heading: 'H', text }] });
  await enter('READY', SECRET);
  await enter('SHORT', 'too short');
  for (let i = 0; i < 7; i++) await enter(`BARE-${i}`);
  await house.settle();
  assert.deepEqual((await una.on(guard).unrecognised({})).items, []);
  const all: { codeName: string; why: string; tier: number }[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const { items, next } = await ravi.on(guard).unrecognised({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...items);
    cursor = next ?? undefined;
    more = next !== null;
  }
  assert.deepEqual(
    all.map(({ codeName, why, tier }) => [codeName, why, tier]).sort(),
    [...Array.from({ length: 7 }, (_, i) => [`BARE-${i}`, 'nothing-stored', 2]), ['SHORT', 'unreadable', 2]].sort(),
  );
  const counted = async (limit: number) => {
    const before = house.statements();
    await ravi.on(guard).unrecognised({ limit });
    return house.statements() - before;
  };
  assert.equal(await counted(8), await counted(1), 'a longer page costs no more statements');
  const { items } = await ravi.on(guard).unrecognised({});
  const bare = items.find(({ codeName }) => codeName === 'BARE-3')!;
  await store(house, ravi, { secretId: bare.secretId, name: 'a.txt', bytes: Buffer.from(UNRELATED) });
  await house.settle();
  assert.ok(!(await ravi.on(guard).unrecognised({})).items.some(({ codeName }) => codeName === 'BARE-3'));
});

/** Sentences that no two numbers share. */
function sentences(from: number, count: number): string {
  const word = (n: number) =>
    createHash('sha256')
      .update(`word ${n}`)
      .digest('hex')
      .replaceAll(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)]!)
      .slice(0, 4 + (n % 6));
  return Array.from({ length: count }, (_, i) => `${Array.from({ length: 10 }, (_x, j) => word((from + i) * 10 + j)).join(' ')}.`).join(' ');
}
