import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LedgerError, canonicalJson, fromBase64, fromBase64Url, parseCanonical, toBase64, toBase64Url } from './index.ts';

const refused = (code: string) => (error: unknown) => error instanceof LedgerError && error.code === code;

// RFC 8785 appendix B: the bits of a double and its text.
const NUMBERS: [bits: string, text: string][] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

test('canonicalJson writes the numbers of RFC 8785 appendix B', () => {
  for (const [bits, text] of NUMBERS) assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text);
});

test('canonicalJson sorts by UTF-16 code units and escapes as RFC 8785 3.2.2 and 3.2.3 show', () => {
  const unsorted = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\u{1f600}': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  };
  assert.equal(
    canonicalJson(unsorted),
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  );
  assert.equal(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/\u007f'), '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f"');
  assert.equal(canonicalJson({ literals: [null, true, false] }), '{"literals":[null,true,false]}');
});

const cycle: unknown[] = [];
cycle.push(cycle);
const deep = (levels: number): unknown => (levels === 0 ? 0 : [deep(levels - 1)]);
const UNSAYABLE: [string, unknown][] = [
  ['NaN', Number.NaN],
  ['infinity', { a: Infinity }],
  ['a lone surrogate', ['\ud800']],
  ['a lone surrogate in a name', { '\udc00': 1 }],
  ['undefined', undefined],
  ['an undefined member', { a: undefined }],
  ['a hole', Array(2)],
  ['a bigint', 1n],
  ['a function', { toJSON: () => 1 }],
  ['a symbol', Symbol('a')],
  ['a symbol as a name', { [Symbol('a')]: 1 }],
  ['a date', new Date(0)],
  ['bytes', new Uint8Array(2)],
  ['a map', new Map()],
  ['a cycle', cycle],
  ['65 levels', deep(65)],
];
for (const [name, value] of UNSAYABLE) {
  test(`canonicalJson refuses ${name}`, () => assert.throws(() => canonicalJson(value), refused('value_invalid')));
}

test('canonicalJson takes 64 levels, and a name as __proto__ like any other', () => {
  assert.equal(canonicalJson(deep(64)).length, 129);
  assert.equal(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}')), '{"__proto__":{"a":2},"b":1}');
});

const NOT_CANONICAL = [
  '',
  ' ',
  '{',
  '{"a":1,"a":1}',
  '{"b":1,"a":1}',
  '{"a": 1}',
  '[1] ',
  '\ufeff[1]',
  '-0',
  '1.0',
  '1e2',
  '9007199254740993',
  '"\\u0041"',
  '"\\/"',
  '"\\ud800"',
  '1e999',
  'NaN',
  `${'['.repeat(65)}${']'.repeat(65)}`,
  '['.repeat(1e6),
];
for (const text of NOT_CANONICAL) {
  test(`parseCanonical refuses ${JSON.stringify(text.slice(0, 24))}`, () => {
    assert.throws(() => parseCanonical(text), refused('not_canonical'));
    assert.throws(() => parseCanonical(Buffer.from(text)), refused('not_canonical'));
  });
}

test('parseCanonical refuses bytes that are not UTF-8', () => {
  assert.throws(() => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22)), refused('not_canonical'));
  assert.throws(() => parseCanonical(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), refused('not_canonical'));
});

test('what canonicalJson writes, parseCanonical reads', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalJson(parseCanonical(text)), text);
      assert.deepEqual(parseCanonical(Buffer.from(text)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('base64 is that of node, and has one spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.string({ maxLength: 9 }), (bytes, junk) => {
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.equal(toBase64Url(bytes), Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
      assert.deepEqual(fromBase64Url(toBase64Url(bytes)), bytes);
      const read = fromBase64(junk);
      assert.equal(read ? toBase64(read) : junk, junk);
    }),
  );
  for (const text of ['A', 'AA', 'AAA', 'AA=', 'AB==', 'AAB=', 'A===', '====', 'AAAA====', 'AA-A', 'AA=A', 'AAAA\n', 'é==='])
    assert.equal(fromBase64(text), undefined, text);
  for (const text of ['A', 'AB', 'AAB', 'AA==', 'AA+A']) assert.equal(fromBase64Url(text), undefined, text);
});
