import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENTRY_MAX_BYTES, LedgerError, buildEntry, canonicalJson, leafHash, readDisclosure, readEntry, verifyDisclosure, type EntryInput } from './index.ts';

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const refused = (code: string) => (error: unknown) => error instanceof LedgerError && error.code === code;

type Case = Omit<EntryInput, 'salt'> & { name: string; salts: string[]; leaf: string; leafHash: string; disclosures: string[] };
const cases = JSON.parse(readFileSync(new URL('../testdata/own/entries.json', import.meta.url), 'utf8')) as Case[];

const input: Omit<EntryInput, 'hidden'> = {
  id: 'ent_7',
  type: 'sharing.opened',
  at: '2026-11-22T10:00:00.123Z',
  cause: 'ent_6',
  open: { actor: 'per_1', shareId: 'shr_1' },
  salt: () => randomBytes(16),
};
const purpose = { name: 'purpose', kind: 'secret', value: 'Quote for batch 7' } as const;
const recipient = { name: 'recipient', kind: 'personal', value: 'gil@theirs.example' } as const;

for (const { name, salts, leaf, leafHash: hash, disclosures, ...given } of cases) {
  test(`an entry as the specification has it: ${name}`, () => {
    const left = [...salts];
    const built = buildEntry(sha256, { ...given, salt: () => Buffer.from(left.shift()!, 'hex') });
    assert.equal(Buffer.from(built.leaf).toString('utf8'), leaf);
    assert.equal(Buffer.from(leafHash(sha256, built.leaf)).toString('hex'), hash);
    assert.deepEqual(
      built.disclosures.map(({ text }) => text),
      disclosures,
    );
    assert.deepEqual(
      built.disclosures.map(({ name: field, kind }) => ({ name: field, kind })),
      given.hidden.map(({ name: field, kind }) => ({ name: field, kind })),
    );
    const entry = readEntry(built.leaf);
    given.hidden.forEach((field, i) => {
      assert.deepEqual(verifyDisclosure(sha256, entry, disclosures[i]!), { ok: true, name: field.name, value: field.value });
    });
  });
}

test('a leaf holds neither a hidden value nor anything that tells two of them apart', () => {
  const { leaf } = buildEntry(sha256, { ...input, hidden: [purpose, recipient] });
  const text = Buffer.from(leaf).toString('utf8');
  assert.doesNotMatch(text, /batch|gil/);
  assert.equal(leaf.length, buildEntry(sha256, { ...input, hidden: [{ ...purpose, value: 'x'.repeat(9000) }, recipient] }).leaf.length);
  assert.notDeepEqual(leaf, buildEntry(sha256, { ...input, hidden: [purpose, recipient] }).leaf);
});

test('an erased disclosure leaves the leaf, its hash and the other disclosures as they were', () => {
  const { leaf, disclosures } = buildEntry(sha256, { ...input, hidden: [purpose, recipient] });
  const entry = readEntry(leaf);
  const kept = disclosures.filter(({ kind }) => kind === 'secret');
  const told = kept.map(({ text }) => verifyDisclosure(sha256, entry, text));
  assert.deepEqual(told, [{ ok: true, name: 'purpose', value: 'Quote for batch 7' }]);
  assert.deepEqual(Object.keys(entry.hidden), ['purpose', 'recipient']);
});

test('a disclosure opens its own field of its own entry only', () => {
  const one = buildEntry(sha256, { ...input, hidden: [purpose, recipient] });
  const other = buildEntry(sha256, { ...input, id: 'ent_8', hidden: [purpose, recipient], salt: () => new Uint8Array(16) });
  const same = buildEntry(sha256, { ...input, id: 'ent_9', hidden: [purpose], salt: () => new Uint8Array(16) });
  const moved = other.disclosures[0]!.text;
  const judge = (leaf: Uint8Array, disclosure: string) => verifyDisclosure(sha256, readEntry(leaf), disclosure);
  assert.deepEqual(judge(one.leaf, moved), { ok: false, why: 'digest_differs' });
  // Same salt, name and value: only the id keeps them apart.
  assert.equal(same.disclosures[0]!.text, moved);
  assert.notEqual(readEntry(same.leaf).hidden.purpose, readEntry(other.leaf).hidden.purpose);
  assert.deepEqual(judge(other.leaf, moved.replace('purpose', 'recipient')), { ok: false, why: 'digest_differs' });
  assert.deepEqual(judge(other.leaf, moved.replace('purpose', 'unheard')), { ok: false, why: 'no_such_field' });
  assert.deepEqual(judge(other.leaf, moved.replace('purpose', 'constructor')), { ok: false, why: 'no_such_field' });
  assert.deepEqual(judge(other.leaf, moved.replace('batch 7', 'batch 8')), { ok: false, why: 'digest_differs' });
  for (const text of [
    '',
    '[]',
    '{}',
    `${moved} `,
    moved.replace('AA"', 'A"'),
    moved.replace('AA"', 'AB"'),
    '["AAAAAAAAAAAAAAAAAAAAAA","purpose"]',
    '["AAAAAAAAAAAAAAAAAAAAAA","purpose",1,2]',
    '[1,"purpose",1]',
    '["AAAAAAAAAAAAAAAAAAAAAA",1,1]',
    `["AAAAAAAAAAAAAAAAAAAAAA","purpose","${'x'.repeat(1_048_576)}"]`,
  ]) {
    assert.deepEqual(judge(other.leaf, text), { ok: false, why: 'malformed' }, text.slice(0, 60));
    assert.throws(() => readDisclosure(text), refused('disclosure_malformed'));
  }
  assert.deepEqual(readDisclosure(moved), { name: 'purpose', value: 'Quote for batch 7' });
});

const WRONG: [string, Partial<EntryInput>][] = [
  ['an id with a quote', { id: 'ent"1' }],
  ['an empty id', { id: '' }],
  ['a long id', { id: 'e'.repeat(129) }],
  ['a type of one word', { type: 'opened' }],
  ['a type with a space', { type: 'vault.op ened' }],
  ['an instant without milliseconds', { at: '2026-11-22T10:00:00Z' }],
  ['an instant with an offset', { at: '2026-11-22T10:00:00.000+01:00' }],
  ['the 30th of February', { at: '2026-02-30T10:00:00.000Z' }],
  ['the 25th hour', { at: '2026-02-03T25:00:00.000Z' }],
  ['a leap second', { at: '2016-12-31T23:59:60.000Z' }],
  ['a cause with a newline', { cause: 'a\n' }],
  ['an open field in capitals', { open: { Name: 1 } }],
  ['an open field __proto__', { open: JSON.parse('{"__proto__":1}') as Record<string, unknown> }],
  ['a hidden field with a dash', { hidden: [{ ...purpose, name: 'a-b' }] }],
  ['a field both open and hidden', { open: { purpose: 1 }, hidden: [purpose] }],
  ['a field hidden twice', { hidden: [purpose, purpose] }],
  ['an unknown kind', { hidden: [{ ...purpose, kind: 'open' as 'secret' }] }],
  ['a short salt', { hidden: [purpose], salt: () => new Uint8Array(15) }],
];
for (const [name, wrong] of WRONG) {
  test(`buildEntry refuses ${name}`, () => assert.throws(() => buildEntry(sha256, { ...input, hidden: [], ...wrong }), refused('entry_invalid')));
}

test('buildEntry refuses what JSON cannot say, too large an entry and too large a field', () => {
  assert.throws(() => buildEntry(sha256, { ...input, open: { a: undefined }, hidden: [] }), refused('value_invalid'));
  assert.throws(() => buildEntry(sha256, { ...input, hidden: [{ ...purpose, value: Number.NaN }] }), refused('value_invalid'));
  assert.throws(() => buildEntry(sha256, { ...input, hidden: [{ ...purpose, value: 'ä'.repeat(524_300) }] }), refused('disclosure_too_large'));
  const bare = buildEntry(sha256, { ...input, open: { a: '' }, hidden: [] }).leaf.length;
  const fill = (letters: number) => buildEntry(sha256, { ...input, open: { a: 'x'.repeat(letters) }, hidden: [] }).leaf;
  assert.equal(readEntry(fill(ENTRY_MAX_BYTES - bare)).id, 'ent_7');
  assert.throws(() => fill(ENTRY_MAX_BYTES - bare + 1), refused('entry_too_large'));
});

const good = { v: 1, id: 'ent_7', type: 'a.b', at: '2026-11-22T10:00:00.123Z', open: {}, hidden: { a: 'A'.repeat(43) } };
const MALFORMED: [string, unknown][] = [
  ['a list', []],
  ['version 2', { ...good, v: 2 }],
  ['version "1"', { ...good, v: '1' }],
  ['no id', { ...good, id: null }],
  ['one more member', { ...good, extra: 1 }],
  ['a null cause', { ...good, cause: null }],
  ['open as a list', { ...good, open: [] }],
  ['hidden as null', { ...good, hidden: null }],
  ['a digest of 31 bytes', { ...good, hidden: { a: 'A'.repeat(42) } }],
  ['a digest spelt otherwise', { ...good, hidden: { a: `${'A'.repeat(42)}B` } }],
  ['a digest that is a number', { ...good, hidden: { a: 1 } }],
  ['a field open and hidden', { ...good, open: { a: 1 } }],
  ['a hidden field with a bad name', { ...good, hidden: { A: 'A'.repeat(43) } }],
];
test('readEntry takes an entry that another implementation wrote', () => {
  assert.deepEqual(readEntry(Buffer.from(canonicalJson(good))), good);
});
for (const [name, value] of MALFORMED) {
  test(`readEntry refuses ${name}`, () => assert.throws(() => readEntry(Buffer.from(canonicalJson(value))), refused('entry_malformed')));
}
test('readEntry refuses another spelling, a missing member and too many bytes', () => {
  assert.throws(() => readEntry(Buffer.from(JSON.stringify(good))), refused('entry_malformed'));
  for (const name of Object.keys(good)) {
    const rest = Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
    assert.throws(() => readEntry(Buffer.from(canonicalJson(rest))), refused('entry_malformed'), name);
  }
  assert.throws(() => readEntry(new Uint8Array(ENTRY_MAX_BYTES + 1)), refused('entry_malformed'));
});

test('an entry reads back, whatever its fields, and one changed byte is found', () => {
  const field = fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,9}$/);
  const value = fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 3 });
  fc.assert(
    fc.property(
      fc.dictionary(field, value, { maxKeys: 5 }),
      fc.dictionary(field, value, { maxKeys: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (open, secret, place, flip) => {
        const hidden = Object.entries(secret)
          .filter(([name]) => !Object.hasOwn(open, name))
          .map(([name, said]) => ({ name, kind: 'secret' as const, value: said }));
        const { leaf, disclosures } = buildEntry(sha256, { ...input, open, hidden });
        const entry = readEntry(leaf);
        assert.equal(canonicalJson(entry.open), canonicalJson(open));
        for (const [i, { text }] of disclosures.entries()) {
          const verdict = verifyDisclosure(sha256, entry, text);
          assert.ok(verdict.ok);
          assert.equal(canonicalJson(verdict.value), canonicalJson(hidden[i]!.value));
          const bytes = Buffer.from(text);
          bytes[place % bytes.length]! ^= flip;
          assert.ok(!verifyDisclosure(sha256, entry, bytes.toString('utf8')).ok);
        }
        const changed = Uint8Array.from(leaf);
        changed[place % leaf.length]! ^= flip;
        assert.notDeepEqual(leafHash(sha256, changed), leafHash(sha256, leaf));
      },
    ),
  );
});
