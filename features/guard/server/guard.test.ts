import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import pg from 'pg';
import { docxWith, encryptedZip, zipOf } from '@underseal/extract/testing';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { register } from '#features/register/contract.ts';
import { vault } from '#features/vault/contract.ts';
import { createVaultBytes } from '#features/vault/server/index.ts';
import { startHouse, type TestHouse, type TestPerson } from '#testing/house.ts';
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
    await assert.rejects(eve.on(guard).passages(ask), { code: 'platform.not_permitted' });
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
          `insert into guard_match (inspection_id, source_id, secret_id, element_number, confidence, characters, passages, at) values ($1, $2, $3, $4, 'certain', 1, $5, $6)`,
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
    const { bytes } = await createVaultBytes(house.services).get({ ticket: get.ticket, actor: eve.actor, signal: new AbortController().signal });
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), SECRET);
    await ravi.on(access).revoke({ grantId, reason: 'Shift has ended' });
    await assert.rejects(eve.on(vault).open({ versionId: items[0]!.latest }), { code: 'platform.subject_missing' });
  });
});

/** Uploads as a browser does: begin, bytes for a ticket, finish. */
export async function store(house: TestHouse, person: TestPerson, { secretId, name, bytes }: { secretId: string; name: string; bytes: Buffer }) {
  const { uploadId, put } = await person.on(vault).begin({ secretId: secretId as never, name, bytes: bytes.length });
  await createVaultBytes(house.services).put({
    body: Readable.from([bytes]) as never,
    headers: { 'upload-offset': '0' },
    ticket: put.ticket,
    actor: person.actor,
  });
  return person.on(vault).finish({ uploadId, digest: createHash('sha256').update(bytes).digest('hex') });
}
