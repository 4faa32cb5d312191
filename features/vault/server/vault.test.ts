import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { SecretId } from '@underseal/contract';
import { access } from '#features/access/contract.ts';
import { evidence } from '#features/evidence/contract.ts';
import { register } from '#features/register/contract.ts';
import type { Actor } from '#platform/server/actor.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import { bodyOf, store } from '#testing/material.ts';
import { vault } from '../contract.ts';
import { createVaultBytes } from './index.ts';
import { dropStaleUploads, UPLOAD_KEPT_MS } from './stale.ts';

const house = await startHouse();
const ravi = await house.hire('Ravi', ['owner']);
const bea = await house.hire('Bea', ['owner']);
const { secretId } = await ravi.on(register).enter({ codeName: 'KESTREL', title: 'Firing schedule', tier: 2, ownerId: ravi.id as never });
const door = createVaultBytes(house.services);
const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const put = (person: TestPerson, ticket: string, body: IncomingMessage, offset = 0) =>
  door.put({ body, headers: { 'upload-offset': String(offset) }, ticket, actor: person.actor, again: async () => person.actor });

/** A sender whose connection breaks after so many bytes. */
function breakingBody(bytes: Buffer, after: number): IncomingMessage {
  return Readable.from(
    (function* () {
      for (let at = 0; at < after; at += 1 << 14) yield bytes.subarray(at, Math.min(after, at + (1 << 14)));
      throw new Error('the connection broke');
    })(),
    { objectMode: false },
  ) as unknown as IncomingMessage;
}
async function download(person: TestPerson, versionId: string): Promise<Buffer> {
  const { get } = await person.on(vault).open({ versionId: versionId as never });
  const pieces: Uint8Array[] = [];
  const { bytes } = await door.get({ ticket: get.ticket, actor: person.actor, again: async () => person.actor, signal: new AbortController().signal });
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}
async function storedBlobs(): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const { id, size } of house.services.blobs.list()) found.push(await house.services.blobs.read(id, 0, size));
  return found;
}

test('what was stored comes back byte for byte, and lies there as ciphertext', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('x'), Buffer.from('a recipe that nobody knows '.repeat(9000)), randomBytes(1 << 20)]) {
    const { versionId } = await store(house, ravi, { secretId, name: 'recipe.txt', bytes });
    assert.ok((await download(ravi, versionId)).equals(bytes));
  }
  for (const blob of await storedBlobs()) assert.equal(blob.indexOf('a recipe that nobody'), -1);
});

test('the same bytes are kept once in a secret; what was replaced since may come back, and other secrets do not show', async () => {
  const bytes = Buffer.from('Fire it at nine hundred degrees.');
  const one = await store(house, ravi, { secretId, name: 'fire.txt', bytes });
  assert.deepEqual(await ravi.on(vault).same({ secretId, digest: sum(bytes) }), { documentId: one.documentId, number: 1 });
  assert.deepEqual(await ravi.on(vault).same({ secretId, digest: '0'.repeat(64) }), { documentId: null, number: null });
  await assert.rejects(store(house, ravi, { secretId, name: 'copy.txt', bytes }), { code: 'vault.same_already', details: [one.documentId] });
  const own = await bea.on(register).enter({ codeName: 'EGRET', title: 'Another', tier: 1, ownerId: bea.id as never });
  await store(house, bea, { secretId: own.secretId, name: 'fire.txt', bytes });
  const rows = await house.services.db.selectFrom('vault_version').select(['digest_index', 'bytes']).where('bytes', '=', bytes.length).execute();
  assert.equal(new Set(rows.map((row) => row.digest_index.toString('hex'))).size, 2, 'who reads the tables sees no document in two secrets');

  const replace = async (content: Buffer) => {
    const { uploadId, put: ticket } = await ravi.on(vault).begin({ secretId, documentId: one.documentId, name: 'fire.txt', bytes: content.length });
    await put(ravi, ticket.ticket, bodyOf(content));
    return ravi.on(vault).finish({ uploadId, digest: sum(content) });
  };
  assert.equal((await replace(Buffer.from('Fire it at eight hundred degrees.'))).number, 2);
  assert.equal((await replace(bytes)).number, 3);
});

test('a document of another secret gets no version here', async () => {
  const { secretId: other } = await ravi.on(register).enter({ codeName: 'PLOVER', title: 'Another', tier: 1, ownerId: ravi.id as never });
  const { documentId } = await store(house, ravi, { secretId: other, name: 'plan.txt', bytes: Buffer.from('Of the other one.') });
  await assert.rejects(ravi.on(vault).begin({ secretId, documentId, name: 'plan.txt', bytes: 3 }), { code: 'vault.document_missing' });
});

test('of the same bytes that are finished several times at once one is kept', async () => {
  const bytes = Buffer.from('Quench it in brine of four percent.');
  const uploads = [];
  for (let i = 0; i < 4; i++) {
    const { uploadId, put: ticket } = await ravi.on(vault).begin({ secretId, name: `quench-${i}.txt`, bytes: bytes.length });
    await put(ravi, ticket.ticket, bodyOf(bytes));
    uploads.push(uploadId);
  }
  const ended = await Promise.allSettled(uploads.map((uploadId) => ravi.on(vault).finish({ uploadId, digest: sum(bytes) })));
  assert.deepEqual(ended.map((one) => (one.status === 'fulfilled' ? 'kept' : (one.reason as { code: string }).code)).sort(), [
    'kept',
    ...Array.from({ length: 3 }, () => 'vault.same_already'),
  ]);
});

test('an upload whose connection breaks, again and again, goes on where it was', async () => {
  const bytes = randomBytes(900_000);
  const { uploadId, put: first } = await ravi.on(vault).begin({ secretId, name: 'large.bin', bytes: bytes.length });
  await assert.rejects(put(ravi, first.ticket, breakingBody(bytes, 300_000)), /connection broke/);
  await assert.rejects(ravi.on(vault).finish({ uploadId, digest: sum(bytes) }), { code: 'vault.upload_unfinished' });
  for (const until of [310_000, 700_000]) {
    const { offset, put: again } = await ravi.on(vault).resume({ uploadId });
    assert.ok(offset <= until);
    await assert.rejects(put(ravi, again.ticket, breakingBody(bytes.subarray(offset), until - offset), offset), /connection broke/);
  }
  const { offset, put: last } = await ravi.on(vault).resume({ uploadId });
  assert.ok(offset > 500_000, `most of it is kept: ${offset}`);
  await assert.rejects(put(ravi, last.ticket, bodyOf(bytes.subarray(offset)), offset - 1), { code: 'vault.offset_differs' });
  const { put: next } = await ravi.on(vault).resume({ uploadId });
  assert.deepEqual(await put(ravi, next.ticket, bodyOf(bytes.subarray(offset)), offset), { received: bytes.length, whole: true });
  const { versionId } = await ravi.on(vault).finish({ uploadId, digest: sum(bytes) });
  assert.ok((await download(ravi, versionId)).equals(bytes));
});

test('an upload that waits is told to who began it alone, until it is finished or dropped', async () => {
  const { secretId: id } = await ravi.on(register).enter({ codeName: 'HERON', title: 'Glaze', tier: 2, ownerId: ravi.id as never });
  const until = new Date(house.clock.now().getTime() + 3600_000).toISOString();
  await ravi.on(access).grant({ secretId: id, personId: bea.id as never, reason: 'Works on the glaze', until });
  const bytes = randomBytes(500_000);
  const begin = (person: TestPerson, name: string) => person.on(vault).begin({ secretId: id, name, bytes: bytes.length });
  const waiting = async (person: TestPerson) => (await person.on(vault).uploads({ secretId: id })).items;
  const broken = await begin(ravi, 'drafts/glaze.bin');
  const begunAt = house.clock.now().toISOString();
  const hers = await begin(bea, 'hers.bin');
  assert.deepEqual(await waiting(ravi), [{ id: broken.uploadId, name: 'glaze.bin', bytes: bytes.length, received: 0, begunAt }]);
  assert.deepEqual(
    (await waiting(bea)).map((upload) => upload.id),
    [hers.uploadId],
  );
  await assert.rejects(put(ravi, broken.put.ticket, breakingBody(bytes, 300_000)), /connection broke/);
  const { offset, put: again } = await ravi.on(vault).resume({ uploadId: broken.uploadId });
  assert.ok(offset > 200_000);
  assert.equal((await waiting(ravi))[0]!.received, offset, 'what is told is where it goes on');
  await assert.rejects(put(ravi, again.ticket, breakingBody(bytes.subarray(offset), 100_000), offset), /connection broke/);
  const { offset: second, put: last } = await ravi.on(vault).resume({ uploadId: broken.uploadId });
  assert.ok(second > offset);
  assert.equal((await waiting(ravi))[0]!.received, second);
  await put(ravi, last.ticket, bodyOf(bytes.subarray(second)), second);
  assert.equal((await waiting(ravi))[0]!.received, bytes.length, 'it has arrived whole, and waits for its digest');
  await ravi.on(vault).finish({ uploadId: broken.uploadId, digest: sum(bytes) });
  assert.deepEqual(await waiting(ravi), []);

  const more = [];
  for (const name of ['one', 'two', 'three']) more.push((await begin(ravi, name)).uploadId);
  const first = await ravi.on(vault).uploads({ secretId: id, limit: 2 });
  const rest = await ravi.on(vault).uploads({ secretId: id, limit: 2, cursor: first.next! });
  assert.deepEqual([...first.items, ...rest.items].map((upload) => upload.id).sort(), [...more].sort());
  assert.equal(rest.next, null);
  for (const uploadId of more) await ravi.on(vault).drop({ uploadId });
  assert.deepEqual(await waiting(ravi), []);
});

test('more bytes than declared, other bytes than the digest says, and a finished upload are refused', async () => {
  const bytes = Buffer.from('twelve bytes');
  const more = await ravi.on(vault).begin({ secretId, name: 'a.txt', bytes: 5 });
  await assert.rejects(put(ravi, more.put.ticket, bodyOf(bytes)), { code: 'vault.too_many_bytes' });
  const other = await ravi.on(vault).begin({ secretId, name: 'b.txt', bytes: bytes.length });
  await put(ravi, other.put.ticket, bodyOf(bytes));
  await assert.rejects(ravi.on(vault).finish({ uploadId: other.uploadId, digest: sum(Buffer.from('something else')) }), { code: 'vault.digest_differs' });
  await ravi.on(vault).finish({ uploadId: other.uploadId, digest: sum(bytes) });
  for (const again of [
    () => ravi.on(vault).finish({ uploadId: other.uploadId, digest: sum(bytes) }),
    () => ravi.on(vault).resume({ uploadId: other.uploadId }),
    () => ravi.on(vault).drop({ uploadId: other.uploadId }),
  ])
    await assert.rejects(again(), { code: 'vault.upload_ended' });
});

test('a doubled upload is taken once: of two connections one is turned away, of two ends one succeeds', async () => {
  const bytes = randomBytes(200_000);
  const { uploadId, put: one } = await ravi.on(vault).begin({ secretId, name: 'twice.bin', bytes: bytes.length });
  const { put: two } = await ravi.on(vault).resume({ uploadId });
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const halting = async function* () {
    begun.resolve();
    yield bytes.subarray(0, 100_000);
    await goOn.promise;
    yield bytes.subarray(100_000);
  };
  const sending = put(ravi, one.ticket, Readable.from(halting(), { objectMode: false }) as unknown as IncomingMessage);
  await begun.promise;
  await assert.rejects(put(ravi, two.ticket, bodyOf(bytes)), { code: 'vault.offset_differs' });
  goOn.resolve();
  assert.deepEqual(await sending, { received: bytes.length, whole: true });
  const ends = await Promise.allSettled([1, 2, 3].map(() => ravi.on(vault).finish({ uploadId, digest: sum(bytes) })));
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('versions that are stored at once get a number each', async () => {
  const { documentId } = await store(house, ravi, { secretId, name: 'plan.txt', bytes: Buffer.from('first') });
  const uploads = await Promise.all(
    [1, 2, 3, 4].map(async (i) => {
      const bytes = Buffer.from(`version ${i}`);
      const { uploadId, put: to } = await ravi.on(vault).begin({ secretId, documentId, name: 'plan.txt', bytes: bytes.length });
      await put(ravi, to.ticket, bodyOf(bytes));
      return { uploadId, digest: sum(bytes) };
    }),
  );
  const numbers = await Promise.all(uploads.map(async (upload) => (await ravi.on(vault).finish(upload)).number));
  assert.deepEqual(numbers.sort(), [2, 3, 4, 5]);
  const first = await ravi.on(vault).versions({ documentId, limit: 3 });
  const second = await ravi.on(vault).versions({ documentId, limit: 3, cursor: first.next! });
  assert.deepEqual(
    [...first.items, ...second.items].map((version) => version.number),
    [5, 4, 3, 2, 1],
  );
});

test('a ticket is good once, for half a minute, for the one who asked', async () => {
  const { versionId } = await store(house, ravi, { secretId, name: 'c.txt', bytes: Buffer.from('content') });
  const signal = new AbortController().signal;
  const get = (ticket: string, person = ravi) => door.get({ ticket, actor: person.actor, again: async () => person.actor, signal });
  const missing = { code: 'platform.ticket_missing' };
  const one = (await ravi.on(vault).open({ versionId })).get;
  await assert.rejects(get(one.ticket, bea), missing);
  const elsewhere = { ...ravi, actor: { ...ravi.actor, session: { ...ravi.actor.session!, id: house.services.newId('ses') } } };
  await assert.rejects(get(one.ticket, elsewhere), missing);
  await get(one.ticket);
  await assert.rejects(get(one.ticket), missing);
  const late = (await ravi.on(vault).open({ versionId })).get;
  house.clock.advance(31_000);
  await assert.rejects(get(late.ticket), missing);
  const forPut = (await ravi.on(vault).begin({ secretId, name: 'd.txt', bytes: 1 })).put;
  await assert.rejects(get(forPut.ticket), missing);
});

test('who loses access loses it in the middle of a download', async () => {
  const bytes = randomBytes(3 << 20);
  const { versionId } = await store(house, ravi, { secretId, name: 'long.bin', bytes });
  const until = new Date(house.clock.now().getTime() + 3600_000).toISOString();
  const { grantId } = await ravi.on(access).grant({ secretId, personId: bea.id as never, reason: 'Works on the furnace', until });
  const { get } = await bea.on(vault).open({ versionId });
  const { bytes: stream } = await door.get({ ticket: get.ticket, actor: bea.actor, again: async () => bea.actor, signal: new AbortController().signal });
  let received = 0;
  await assert.rejects(
    async () => {
      for await (const piece of stream) {
        received += piece.length;
        if (received === piece.length) await ravi.on(access).revoke({ grantId, reason: 'Left the project' });
        // A slow reader: the gate is asked every second.
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
    },
    { code: 'vault.document_missing' },
  );
  assert.ok(received < bytes.length);
  await assert.rejects(bea.on(vault).open({ versionId }), { kind: 'missing' });
});

test('whose access, role or session ended between asking and sending or fetching, sends and fetches nothing', async () => {
  const until = new Date(house.clock.now().getTime() + 3600_000).toISOString();
  const letIn = () => ravi.on(access).grant({ secretId, personId: bea.id as never, reason: 'Works on the furnace', until });
  const bytes = Buffer.from('what she had in mind to store');
  const over = { code: 'vault.document_missing' };
  const { versionId } = await store(house, ravi, { secretId, name: 'kept.txt', bytes: Buffer.from('what she had in mind to read') });
  const stored = await storedBlobs();
  const receive = (ticket: string, again: () => Promise<Actor | undefined>) =>
    door.put({ body: bodyOf(bytes), headers: { 'upload-offset': '0' }, ticket, actor: bea.actor, again });
  const fetchFrom = (ticket: string, again: () => Promise<Actor | undefined>) =>
    door.get({ ticket, actor: bea.actor, again, signal: new AbortController().signal });

  const { grantId } = await letIn();
  const asked = [await bea.on(vault).begin({ secretId, name: 'new.txt', bytes: bytes.length }), await bea.on(vault).open({ versionId })] as const;
  await ravi.on(access).revoke({ grantId, reason: 'Left the project' });
  await assert.rejects(
    receive(asked[0].put.ticket, async () => bea.actor),
    over,
  );
  await assert.rejects(
    fetchFrom(asked[1].get.ticket, async () => bea.actor),
    over,
  );
  await assert.rejects(
    fetchFrom(asked[1].get.ticket, async () => bea.actor),
    { code: 'platform.ticket_missing' },
  );
  await house.settle();
  const refusedTo = await house.services.db
    .selectFrom('ledger_entry')
    .select('leaf')
    .where('type', '=', 'door.refused')
    .orderBy('index', 'desc')
    .limit(3)
    .execute();
  assert.deepEqual(
    refusedTo.map(({ leaf }) => JSON.parse(leaf.toString()).open).map(({ operation, code, subject }) => [operation, code, subject]),
    [
      ['vault.open', 'platform.ticket_missing', null],
      ['vault.open', 'vault.document_missing', versionId],
      ['vault.finish', 'vault.document_missing', asked[0].uploadId],
    ],
  );

  const { grantId: second } = await letIn();
  // Her session has ended; her role was taken, by which one stores and opens.
  for (const now of [undefined, { ...bea.actor, permissions: new Set<string>() }]) {
    const waiting = [await bea.on(vault).begin({ secretId, name: 'new.txt', bytes: bytes.length }), await bea.on(vault).open({ versionId })] as const;
    await assert.rejects(
      receive(waiting[0].put.ticket, async () => now),
      over,
    );
    await assert.rejects(
      fetchFrom(waiting[1].get.ticket, async () => now),
      over,
    );
  }
  assert.equal((await storedBlobs()).length, stored.length, 'not a byte was kept');
  await ravi.on(access).revoke({ grantId: second, reason: 'Left the project' });
});

test('a file name is shown without its path and without what cannot be seen', async () => {
  const odd = '..\\..\\etc/passwd\u202Etxt.exe\u0007';
  const { documentId } = await store(house, ravi, { secretId, name: odd, bytes: Buffer.from('z') });
  let cursor: string | undefined;
  const names: string[] = [];
  do {
    const page = await ravi.on(vault).list({ secretId, limit: 2, ...(cursor ? { cursor } : {}) });
    names.push(...page.items.filter((item) => item.id === documentId).map((item) => item.name));
    cursor = page.next ?? undefined;
  } while (cursor);
  assert.deepEqual(names, ['passwdtxt.exe']);
});

test('an upload that nobody goes on with ends after a week, with its bytes', async () => {
  const bytes = randomBytes(300_000);
  const { uploadId, put: to } = await ravi.on(vault).begin({ secretId, name: 'forgotten.bin', bytes: bytes.length });
  await assert.rejects(put(ravi, to.ticket, breakingBody(bytes, 200_000)), /connection broke/);
  house.clock.advance(UPLOAD_KEPT_MS - 60_000);
  const fresh = await ravi.on(vault).begin({ secretId: secretId as SecretId, name: 'fresh.bin', bytes: 10 });
  house.clock.advance(120_000);
  const before = (await storedBlobs()).length;
  assert.ok((await dropStaleUploads(house.services)) >= 1);
  assert.equal(await dropStaleUploads(house.services), 0);
  await assert.rejects(ravi.on(vault).resume({ uploadId }), { code: 'vault.upload_ended' });
  await ravi.on(vault).resume({ uploadId: fresh.uploadId });
  for (let tries = 0; (await storedBlobs()).length >= before; tries++) {
    assert.ok(tries < 400, 'its bytes are still there');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await house.settle();
  const { items } = await ravi.on(evidence).secretTimeline({ secretId, limit: 50 });
  assert.ok(items.some((item) => item.type === 'vault.upload_dropped' && item.data['uploadId'] === uploadId && item.actor === 'system'));
});
