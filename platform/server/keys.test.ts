import assert from 'node:assert/strict';
import { randomBytes, verify, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { KEY_PURPOSES, KeyError, assertSameRoot, createKeyRing, keyCheckValue, memoryKeyStore, newRootKey, openKeyRing } from './keys.ts';
import type { KeyErrorCode, KeyRow } from './keys.ts';
import { keyStoreSuite } from './keys/store-suite.ts';
import { exportRootKey, toRootKey } from './keys/root.ts';

const clock = { now: () => new Date('2026-11-23T09:00:00.000Z') };
const TITLE = 'Glaze for kiln 7';
const CONTEXT = 'register_secret|title|sec_1';

function fails(code: KeyErrorCode) {
  return (error: unknown) => error instanceof KeyError && error.code === code;
}

async function freshRing() {
  const root = newRootKey();
  const store = memoryKeyStore();
  return { root, store, ring: await createKeyRing(root, store, clock) };
}

/** A store whose rows were edited by somebody with the database. */
async function storeOf(rows: readonly KeyRow[]) {
  const store = memoryKeyStore();
  for (const row of rows) await store.insert(row);
  return store;
}

keyStoreSuite('memory key store', async () => memoryKeyStore());

test('keys are made once: a later start opens the same ones', async () => {
  const { root, store, ring } = await freshRing();
  const again = await openKeyRing(root, store, clock);
  assert.equal(store.rows.length, KEY_PURPOSES.length);
  assert.equal(again.openText('register', CONTEXT, ring.sealText('register', CONTEXT, TITLE)), TITLE);
  assert.deepEqual(again.checkpointSigner('log').publicKey, ring.checkpointSigner('log').publicKey);
});

test('two first starts at once end with the same keys', async () => {
  const root = newRootKey();
  const store = memoryKeyStore();
  const [one, other] = await Promise.all([createKeyRing(root, store, clock), createKeyRing(root, store, clock)]);
  assert.deepEqual(one.blindIndex('code', 'x'), other.blindIndex('code', 'x'));
});

test('a missing key refuses the start, and is never made anew', async () => {
  const { root, store } = await freshRing();
  const lost = await storeOf(store.rows.filter((row) => row.purpose !== 'seal'));
  await assert.rejects(openKeyRing(root, lost, clock), fails('key_missing'));
  await assert.rejects(openKeyRing(root, memoryKeyStore(), clock), fails('key_missing'));
});

test('a different root key refuses the start', async () => {
  const { root, store } = await freshRing();
  const other = newRootKey();
  await assert.rejects(openKeyRing(other, store, clock), fails('cannot_open'));
  await assert.rejects(createKeyRing(other, store, clock), fails('cannot_open'));
  assertSameRoot(root, keyCheckValue(root));
  assert.throws(() => assertSameRoot(other, keyCheckValue(root)), fails('root_mismatch'));
  assert.throws(() => assertSameRoot(root, Buffer.alloc(0)), fails('root_mismatch'));
});

test('keys swapped between purposes in the database are refused', async () => {
  const { root, store } = await freshRing();
  const vault = store.rows.find((row) => row.purpose === 'vault')!;
  const swapped = await storeOf(store.rows.map((row) => (row.purpose === 'register' ? { ...row, wrapped: vault.wrapped } : row)));
  await assert.rejects(openKeyRing(root, swapped, clock), fails('cannot_open'));
});

test('the root key wraps for one context only', () => {
  const root = newRootKey();
  const key = randomBytes(32);
  const wrapped = root.wrap('vault|1', key);
  assert.deepEqual(root.unwrap('vault|1', wrapped), key);
  assert.throws(() => root.unwrap('vault|2', wrapped), fails('cannot_open'));
  assert.throws(() => newRootKey().unwrap('vault|1', wrapped), fails('cannot_open'));
  assert.notDeepEqual(root.wrap('vault|1', key), wrapped);
});

test('a closed root key is of no use, and a ring opened with it goes on', async () => {
  const { root, ring } = await freshRing();
  root.close();
  assert.throws(() => root.derive('x'), fails('closed'));
  assert.equal(ring.openText('vault', 'c', ring.sealText('vault', 'c', TITLE)), TITLE);
  ring.close();
  assert.throws(() => ring.sealText('vault', 'c', TITLE), fails('closed'));
});

test('sealed texts come back, for any text and context', async () => {
  const { ring } = await freshRing();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'binary' }), (text, context) => {
      assert.equal(ring.openText('register', context, ring.sealText('register', context, text)), text);
    }),
  );
});

test('one changed byte, another place, purpose or ring: a sealed text does not open', async () => {
  const { ring } = await freshRing();
  const box = ring.sealText('register', CONTEXT, TITLE);
  for (let at = 0; at < box.length; at++) {
    const changed = Buffer.from(box);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    assert.throws(() => ring.openText('register', CONTEXT, changed), fails('cannot_open'));
  }
  for (let length = 0; length < box.length; length++) assert.throws(() => ring.openText('register', CONTEXT, box.subarray(0, length)), fails('cannot_open'));
  assert.throws(() => ring.openText('register', 'register_secret|title|sec_2', box), fails('cannot_open'));
  assert.throws(() => ring.openText('vault', CONTEXT, box), fails('cannot_open'));
  assert.throws(() => ring.openBytes('register', CONTEXT, box), fails('cannot_open'));
  const { ring: other } = await freshRing();
  assert.throws(() => other.openText('register', CONTEXT, box), fails('cannot_open'));
});

test('sealed texts below 64 bytes are all of one size, and no two are equal', async () => {
  const { ring } = await freshRing();
  const sizes = new Set(['', 'a', TITLE, 'x'.repeat(63)].map((text) => ring.sealText('register', CONTEXT, text).length));
  assert.deepEqual([...sizes], [64 + 29]);
  assert.equal(ring.sealText('register', CONTEXT, 'x'.repeat(64)).length, 128 + 29);
  assert.notDeepEqual(ring.sealText('register', CONTEXT, TITLE), ring.sealText('register', CONTEXT, TITLE));
});

test('a data key opens for its thing only', async () => {
  const { ring } = await freshRing();
  const { key, wrapped } = ring.newDataKey('vault', 'doc_1|1');
  assert.ok(ring.openDataKey('vault', wrapped, 'doc_1|1').equals(key));
  assert.throws(() => ring.openDataKey('vault', wrapped, 'doc_1|2'), fails('cannot_open'));
  assert.throws(() => ring.openDataKey('register', wrapped, 'doc_1|1'), fails('cannot_open'));
});

test('a blind index is equal for equal values of one label only', async () => {
  const { ring } = await freshRing();
  assert.deepEqual(ring.blindIndex('code', 'K7'), ring.blindIndex('code', 'K7'));
  assert.notDeepEqual(ring.blindIndex('code', 'K7'), ring.blindIndex('code', 'K8'));
  assert.notDeepEqual(ring.blindIndex('code', 'K7'), ring.blindIndex('email', 'K7'));
});

test('uses and purposes have keys of their own', async () => {
  const { ring } = await freshRing();
  const keys = [ring.key('vault', 'a'), ring.key('vault', 'b'), ring.key('register', 'a')].map((key) => key.export().toString('hex'));
  assert.equal(new Set(keys).size, 3);
  assert.ok(ring.key('vault', 'a').equals(ring.key('vault', 'a')));
});

test('the checkpoint signer signs with Ed25519 under the name it was given', async () => {
  const { ring } = await freshRing();
  const signer = ring.checkpointSigner('underseal.example/log');
  const message = Buffer.from('checkpoint');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: signer.publicKey.toString('base64url') }, format: 'jwk' });
  assert.equal(signer.name, 'underseal.example/log');
  assert.ok(verify(null, message, publicKey, signer.sign(message)));
  assert.ok(!verify(null, Buffer.from('other'), publicKey, signer.sign(message)));
});

test('a subject has one key, made when it is first needed', async () => {
  const { ring } = await freshRing();
  assert.equal(await ring.findSubjectKey('disclosure', 'per_1'), undefined);
  const [one, other] = await Promise.all([ring.subjectKey('disclosure', 'per_1'), ring.subjectKey('disclosure', 'per_1')]);
  assert.ok(one.equals(other));
  assert.ok((await ring.findSubjectKey('disclosure', 'per_1'))!.equals(one));
  assert.ok(!(await ring.subjectKey('disclosure', 'per_2')).equals(one));
  assert.ok(!(await ring.subjectKey('backup', 'per_1')).equals(one));
  await assert.rejects(ring.subjectKey('disclosure', ''), fails('misuse'));
});

test('a destroyed subject key never comes back, not even after a restart', async () => {
  const { root, store, ring } = await freshRing();
  const box = await ring.sealDisclosure('per_1', 'ent_1|name', 'Ada');
  assert.equal(await ring.openDisclosure('per_1', 'ent_1|name', box), 'Ada');

  await ring.destroySubjectKey('disclosure', 'per_1');

  for (const each of [ring, await openKeyRing(root, store, clock)]) {
    await assert.rejects(each.openDisclosure('per_1', 'ent_1|name', box), fails('key_destroyed'));
    await assert.rejects(each.subjectKey('disclosure', 'per_1'), fails('key_destroyed'));
    await assert.rejects(each.findSubjectKey('disclosure', 'per_1'), fails('key_destroyed'));
  }
  assert.ok(store.rows.every((row) => row.subject === null || row.wrapped === null));
});

test('a subject erased before it had a key never gets one', async () => {
  const { ring } = await freshRing();
  await ring.destroySubjectKey('disclosure', 'per_9');
  await ring.destroySubjectKey('disclosure', 'per_9');
  await assert.rejects(ring.subjectKey('disclosure', 'per_9'), fails('key_destroyed'));
});

test("a subject's key given to another by editing the database is refused", async () => {
  const { root, store, ring } = await freshRing();
  await ring.subjectKey('disclosure', 'per_1');
  const row = store.rows.find((each) => each.subject === 'per_1')!;
  const edited = await openKeyRing(root, await storeOf([...store.rows, { ...row, id: 'key_x', subject: 'per_2' }]), clock);
  await assert.rejects(edited.subjectKey('disclosure', 'per_2'), fails('cannot_open'));
});

test('nothing that is handed about prints a key: not inspected, not as JSON, not in an error', async () => {
  const bytes = randomBytes(32);
  const root = toRootKey(Buffer.from(bytes));
  const store = memoryKeyStore();
  const ring = await createKeyRing(root, store, clock);
  const { key } = ring.newDataKey('vault', 'doc_1');
  const signer = ring.checkpointSigner('log');
  const error = await openKeyRing(newRootKey(), store, clock).catch((thrown: unknown) => thrown);
  const secrets = [bytes, key.export(), ring.key('vault', 'x').export(), ring.key('checkpoint', 'ed25519').export(), exportRootKey(root)];
  const seen = [root, ring, key, signer, error]
    .flatMap((each) => [inspect(each, { depth: 9, showHidden: true }), JSON.stringify(each) ?? '', String(each)])
    .join('\n');
  for (const secret of secrets) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) assert.ok(!seen.includes(secret.toString(encoding)));
    assert.ok(!seen.includes(inspect(secret).slice(8, 40)));
  }
});
