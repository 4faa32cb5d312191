import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createKeyRing, memoryKeyStore, newRootKey } from './keys.ts';
import { encodeRow, sealHolds, sealRow } from './seals.ts';
import type { SealValue, SealedRow } from './seals.ts';

const keyRing = await createKeyRing(newRootKey(), memoryKeyStore());
const grant = {
  id: 'grt_1',
  person_id: 'per_1',
  secret_id: 'sec_1',
  tier: 2,
  index: 7n,
  valid_to: null,
  valid_from: new Date('2026-11-23T09:00:00.123Z'),
  note: Buffer.from('x'),
  frozen: false,
  reach: ['a', 'b'],
};

const value: fc.Arbitrary<SealValue> = fc.letrec<{ value: SealValue }>((tie) => ({
  value: fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
})).value;
const anyRow = fc.tuple(fc.string(), fc.dictionary(fc.string(), value, { maxKeys: 5 })).map(([id, rest]): SealedRow => ({ ...rest, id }));

test('a seal holds for the row it was made for, whatever the order of its columns', () => {
  fc.assert(
    fc.property(anyRow, (row) => {
      const turned = Object.fromEntries(Object.entries(row).reverse()) as SealedRow;
      assert.ok(sealHolds(keyRing, 'access_grant', turned, sealRow(keyRing, 'access_grant', row)));
    }),
  );
});

test('another table, key ring, row or seal: it does not hold', async () => {
  const seal = sealRow(keyRing, 'access_grant', grant);
  const otherRing = await createKeyRing(newRootKey(), memoryKeyStore());
  assert.ok(sealHolds(keyRing, 'access_grant', grant, seal));
  assert.ok(!sealHolds(keyRing, 'access_role', grant, seal));
  assert.ok(!sealHolds(otherRing, 'access_grant', grant, seal));
  assert.ok(!sealHolds(keyRing, 'access_grant', { ...grant, id: 'grt_2' }, seal));
  assert.ok(!sealHolds(keyRing, 'access_grant', grant, null));
  for (const length of [0, 31]) assert.ok(!sealHolds(keyRing, 'access_grant', grant, seal.subarray(0, length)));
  for (let at = 0; at < seal.length; at++) {
    const changed = Buffer.from(seal);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x80, at);
    assert.ok(!sealHolds(keyRing, 'access_grant', grant, changed));
  }
});

test('a change to any column breaks the seal, one of type alone too', () => {
  const seal = sealRow(keyRing, 'access_grant', grant);
  const changes: Record<string, SealValue>[] = [
    { tier: 3 },
    { tier: '2' },
    { tier: 2n },
    { index: 7 },
    { valid_to: 'null' },
    { valid_to: false },
    { valid_from: grant.valid_from.toISOString() },
    { valid_from: new Date('2026-11-23T09:00:00.124Z') },
    { note: grant.note.toString('base64') },
    { frozen: true },
    { frozen: 'f' },
    { reach: ['b', 'a'] },
    { reach: ['a', 'b', 'c'] },
    { reach: { 0: 'a', 1: 'b' } },
    { more: null },
  ];
  for (const change of changes) assert.ok(!sealHolds(keyRing, 'access_grant', { ...grant, ...change } as SealedRow, seal), JSON.stringify(Object.keys(change)));
  const { valid_to: _, ...fewer } = grant;
  assert.ok(!sealHolds(keyRing, 'access_grant', fewer, seal));
});

test('no two different rows are encoded alike', () => {
  fc.assert(
    fc.property(anyRow, anyRow, (one, other) => {
      let same = true;
      try {
        assert.deepStrictEqual(normal(one), normal(other));
      } catch {
        same = false;
      }
      assert.equal(encodeRow(one) === encodeRow(other), same);
    }),
    { numRuns: 500 },
  );
  assert.notEqual(encodeRow({ id: 'a', b: 'c",d:' }), encodeRow({ id: 'a', b: 'c', d: '' }));
  assert.notEqual(encodeRow({ id: 'a', list: [[], []] }), encodeRow({ id: 'a', list: [[[]]] }));
  assert.equal(encodeRow({ id: 'a', zero: -0 }), encodeRow({ id: 'a', zero: 0 }));
});

test('what has no one spelling is refused, and so is a row without an id', () => {
  for (const bad of [undefined, Number.NaN, Infinity, () => 1, Symbol('s'), new Map(), Array(1)]) {
    assert.throws(() => sealRow(keyRing, 't', { id: 'a', bad } as unknown as SealedRow), TypeError);
  }
  assert.throws(() => sealRow(keyRing, 't', { bad: new Date(Number.NaN), id: 'a' }), RangeError);
  assert.throws(() => sealRow(keyRing, 't', { name: 'a' } as unknown as SealedRow), TypeError);
});

/** -0 and 0 are one number to the database. */
function normal(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(normal);
  if (typeof given === 'number') return given + 0;
  if (given === null || typeof given !== 'object' || given instanceof Date || given instanceof Uint8Array) return given;
  return Object.fromEntries(Object.entries(given).map(([name, each]) => [name, normal(each)]));
}
