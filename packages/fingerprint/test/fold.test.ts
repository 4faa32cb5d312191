import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldText } from '../src/index.ts';
import { naiveFold } from './naive.ts';
import { anything, poor, prose, runs } from './texts.ts';

const folded = (text: string) => new TextDecoder().decode(foldText(text).bytes);

const rows: [string, string, string][] = [
  ['case, spaces, punctuation and breaks', 'The Batch-Reactor,\r\n  at 350 °C!', 'thebatchreactorat350c'],
  ['quotes and hyphenation', '> inven-\n> tion', 'invention'],
  ['soft hyphen, zero-width, bidi and control characters', 'in\u00adven\u200bti\u202eon\u0000s\ufeff', 'inventions'],
  ['marks, composed or not', 'Zürich na\u0308ive e\u0301\u0301\u0301', 'zurichnaivee'],
  ['full width, mathematical, circled, ligature', 'Ｆｕｌｌ 𝐛𝐨𝐥𝐝 ⓒ ﬁ', 'fullboldcfi'],
  ['mathematical m stays m', '𝐦𝕞𝓶', 'mmm'],
  ['Cyrillic and Greek look-alikes', 'саtаlуst οхуgеn ΑΒΕΖΙΚΜΟΡΤΧ', 'catalystoxygenabezikmoptx'],
  ['small capitals and squared letters', 'ᴄᴀᴛᴀʟʏꜱᴛ 🅰🅱', 'catalystab'],
  ['ASCII is never remapped', 'O0 l1I rn m', 'o0l1irnm'],
  ['a Russian text in capitals is the same text', 'НОВАЯ ФОРМУЛА', folded('новая формула')],
  ['a Greek text in capitals is the same text', 'ΝΈΟΣ ΤΎΠΟΣ', folded('νέος τύπος')],
  ['a German text in capitals is the same text', 'STRASSE', folded('straße')],
  ['Chinese, Japanese and Korean stay', '触媒の配方。조성', '触媒の配方조성'],
  ['Korean, decomposed', '조성'.normalize('NFD'), '조성'],
  ['half-width kana', 'ｶﾞｽ', folded('ガス')],
  ['digits of other scripts', '٣٥٠ ३५०', '350350'],
  ['lone surrogates', 'a\ud800b\udc00c', 'abc'],
  ['nothing', '', ''],
];
for (const [what, text, expected] of rows) {
  test(`foldText: ${what}`, () => assert.equal(folded(text), expected));
}

test('foldText maps each byte to the UTF-16 unit it comes from', () => {
  const { bytes, offsets } = foldText('a 𝐛 触ﬁ' + '조'.normalize('NFD') + 'z');
  assert.equal(new TextDecoder().decode(bytes), 'ab触fi조z');
  assert.deepEqual([...offsets], [0, 2, 5, 5, 5, 6, 6, 7, 7, 7, 9]);
});

/** The fold of each of many texts, made in one go. */
function foldEach(texts: readonly string[]): string[] {
  const { bytes, offsets } = foldText(texts.join('\n'));
  let byte = 0;
  let start = 0;
  return texts.map((text) => {
    const first = byte;
    const end = (start += text.length + 1);
    while (byte < bytes.length && offsets[byte]! < end) byte++;
    return new TextDecoder().decode(bytes.subarray(first, byte));
  });
}

test('every character folds as the naive fold has it, in either case, and what is folded stays as it is', () => {
  const characters: string[] = [];
  for (let cp = 0; cp < 0x40000; cp++) if (cp < 0xd800 || cp > 0xdfff) characters.push(String.fromCodePoint(cp));
  const once = foldEach(characters);
  assert.deepEqual(
    once,
    characters.map((c) => Buffer.from(naiveFold(c).map((one) => one.byte)).toString()),
  );
  assert.deepEqual(foldEach(once), once);
  // Iota below is a mark, and is stripped like all of them; only its capital is a letter.
  const cased = (to: (c: string) => string) => foldEach(characters.map((c) => (c.normalize('NFD').includes('\u0345') ? c : to(c))));
  assert.deepEqual(
    cased((c) => c.toUpperCase()),
    once,
  );
  assert.deepEqual(
    cased((c) => c.toLowerCase()),
    once,
  );
});

test('foldText agrees with the naive fold on any text', () => {
  fc.assert(
    fc.property(fc.oneof(anything, poor, prose(0, 200)), (text) => {
      const { bytes, offsets } = foldText(text);
      assert.deepEqual(
        Array.from(bytes, (byte, i) => [byte, offsets[i]]),
        naiveFold(text).map(({ byte, from }) => [byte, from]),
      );
    }),
    runs(300),
  );
});
