/** What every key store must do. Run on the fake and on the database alike. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow, KeyStore } from './store.ts';

export function keyStoreSuite(name: string, makeStore: () => Promise<KeyStore>): void {
  const at = new Date('2026-11-23T09:00:00.000Z');
  const row = (id: string, more: Partial<KeyRow> = {}): KeyRow => ({
    id,
    purpose: 'disclosure',
    subject: 'per_1',
    wrapped: Buffer.from(id),
    createdAt: at,
    destroyedAt: null,
    ...more,
  });

  test(`${name}: what was never inserted is not there`, async () => {
    const store = await makeStore();
    assert.equal(await store.load('disclosure', 'per_1'), undefined);
    assert.equal(await store.load('disclosure'), undefined);
  });

  test(`${name}: a row comes back as it was inserted`, async () => {
    const store = await makeStore();
    assert.deepEqual(await store.insert(row('key_1')), row('key_1'));
    assert.deepEqual(await store.load('disclosure', 'per_1'), row('key_1'));
  });

  test(`${name}: the second to insert gets the first one's row`, async () => {
    const store = await makeStore();
    const both = await Promise.all([store.insert(row('key_1')), store.insert(row('key_2'))]);
    assert.deepEqual(both[0], both[1]);
    assert.deepEqual(await store.load('disclosure', 'per_1'), both[0]);
  });

  test(`${name}: purposes, subjects and the key of a purpose alone do not mix`, async () => {
    const store = await makeStore();
    const rows = [row('key_1'), row('key_2', { subject: 'per_2' }), row('key_3', { subject: null }), row('key_4', { purpose: 'vault' })];
    for (const each of rows) assert.deepEqual(await store.insert(each), each);
    for (const each of rows) assert.deepEqual(await store.load(each.purpose, each.subject ?? undefined), each);
  });

  test(`${name}: a destroyed key is gone for ever, and its row stays`, async () => {
    const store = await makeStore();
    const later = new Date('2026-12-01T00:00:00.000Z');
    await store.insert(row('key_1'));
    await store.destroy('disclosure', 'per_1', later);
    assert.deepEqual(await store.load('disclosure', 'per_1'), row('key_1', { wrapped: null, destroyedAt: later }));
    await store.destroy('disclosure', 'per_1', at);
    assert.deepEqual(await store.insert(row('key_2')), row('key_1', { wrapped: null, destroyedAt: later }));
  });

  test(`${name}: a tombstone can be inserted where no key ever was`, async () => {
    const store = await makeStore();
    const tombstone = row('key_1', { wrapped: null, destroyedAt: at });
    assert.deepEqual(await store.insert(tombstone), tombstone);
    assert.deepEqual(await store.insert(row('key_2')), tombstone);
  });
}
