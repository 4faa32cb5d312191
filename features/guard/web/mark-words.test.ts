import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutPieces, markWords, type Piece } from './mark-words.ts';

/** What is equal stands in brackets. */
const shown = (pieces: readonly Piece[]) => pieces.map(({ text, isEqual }) => (isEqual ? `[${text}]` : text)).join('');
const marked = (left: string, right: string) => {
  const found = markWords(left, right)!;
  return [shown(found.left), shown(found.right), found.differing];
};

test('words that differ are not marked, on either side', () => {
  assert.deepEqual(marked('hold it at 640 degrees for ten hours', 'hold it at 655 degrees for nine long hours'), [
    '[hold it at] 640 [degrees for] ten [hours]',
    '[hold it at] 655 [degrees for] nine long [hours]',
    3,
  ]);
});
test('case, signs, spaces, look-alikes and broken words do not count', () => {
  assert.deepEqual(marked('THE RAMP, fol-\nlows the\u200b square root', 'the ramp follows, the squаre root'), [
    '[THE RAMP, fol-\nlows the\u200b square root]',
    '[the ramp follows, the squаre root]',
    0,
  ]);
});
test('a text without spaces is compared word by word, too', () => {
  const [left, right, differing] = marked('温度保持六百四十度', '温度降低六百四十度');
  assert.ok(String(left).includes('保持') && !String(left).includes('[温度保持'), String(left));
  assert.ok(String(right).includes('降低'), String(right));
  assert.ok(Number(differing) >= 1);
});
test('what is in one text alone is not marked, and nothing of either text is lost', () => {
  assert.deepEqual(marked('one two', 'one and two'), ['[one two]', '[one] and [two]', 1]);
  const Text = fc.array(fc.constantFrom('kiln', 'Ramp', 'gas ', '-', ' ', '12', '温度', '😀', '\n', 'ß'), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(Text, Text, (left, right) => {
      const found = markWords(left, right)!;
      const text = (pieces: readonly Piece[]) => pieces.map((piece) => piece.text).join('');
      assert.deepEqual([text(found.left), text(found.right)], [left, right]);
      const same = markWords(left, left)!;
      assert.equal(same.differing, 0);
      assert.ok(same.left.every(({ isEqual }) => isEqual));
    }),
  );
});
test('a word may be as long as a text', () => {
  const long = 'kiln'.repeat(60_000);
  assert.deepEqual(marked(`${long} one`, `${long} two`), [`[${long}] one`, `[${long}] two`, 1]);
});
test('texts that have nothing in common are given up after a bound', () => {
  const text = (word: string) => Array.from({ length: 3_000 }, (_, i) => `${word}${i}`).join(' ');
  assert.equal(markWords(text('a'), text('b')), undefined);
});
test('of a long text beginning and end are shown in whole words, with what differs in them', () => {
  const limits = { longest: 40, head: 16, tail: 12 };
  const pieces = [
    { text: 'the gas is changed ', isEqual: true },
    { text: 'twice ', isEqual: false },
    { text: 'below the second plateau of the kiln', isEqual: true },
  ];
  const cut = cutPieces(pieces, limits);
  assert.deepEqual([shown(cut.head), shown(cut.tail)], ['[the gas is ]', '[ of the kiln]']);
  assert.equal(cut.leftOut, 61 - 'the gas is '.length - ' of the kiln'.length);
  assert.deepEqual(cutPieces(pieces, { ...limits, longest: 61 }), { head: pieces, leftOut: 0, tail: [] });
  assert.equal(cutPieces([{ text: 'x'.repeat(100), isEqual: true }], limits).leftOut, 72);
});
