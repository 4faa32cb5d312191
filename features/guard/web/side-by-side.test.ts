import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namePart } from '../part-name.ts';
import { extendPair, inWords, type Stretch } from './side-by-side.ts';

const shown = ({ text, from, to }: Stretch) => text.slice(from, to);
/** The stretch of a text that these words are. */
const of = (text: string, words: string): Stretch => {
  const from = text.indexOf(words);
  assert.ok(from >= 0);
  return { text, from, to: from + words.length };
};
const REGISTERED = 'Rules of the kiln. On cooling, the gas is changed below the second plateau, before the curve flattens out. The load is weighed.';

test('both ends go outward as long as both texts are equal, whatever their case, breaks and signs', () => {
  const mail = 'Hello Tom,\n> ON COOLING, THE GAS IS\n> CHANGED BELOW THE SECOND PLATEAU, BEFORE THE CURVE flattened';
  const { left, right } = extendPair({
    left: of(mail, 'NG, THE GAS IS\n> CHANGED BELOW THE SECOND PLA'),
    right: of(REGISTERED, 'ng, the gas is changed below the second pla'),
  });
  assert.equal(shown(right), 'On cooling, the gas is changed below the second plateau, before the curve flatten');
  assert.equal(shown(left), 'ON COOLING, THE GAS IS\n> CHANGED BELOW THE SECOND PLATEAU, BEFORE THE CURVE flatten');
});

test('where the texts differ at once nothing moves, and where they end it ends', () => {
  const left = of('xxgas is changed belowyy', 'gas is changed below');
  assert.deepEqual(extendPair({ left, right: of(REGISTERED, 'gas is changed below') }).left, left);
  const whole = of(REGISTERED, 'gas is changed');
  assert.equal(shown(extendPair({ left: whole, right: whole }).right), REGISTERED.slice(0, -1));
});

test('a character of several bytes is taken whole or not at all', () => {
  const { left, right } = extendPair({
    left: of('жц the gas is changed 温度😀', 'the gas is changed'),
    right: of('щц the gas is changed 温庨', 'the gas is changed'),
  });
  assert.equal(shown(left), 'ц the gas is changed 温');
  assert.equal(shown(right), 'ц the gas is changed 温');
});

test('a passage goes not below the end of the one before, and its beginning is found where it is known to some letters only', () => {
  const text = 'second plateau, before the curve flattens out';
  const left = { text, from: 15, to: text.length };
  const right = of(REGISTERED, 'the curve flattens out');
  const pair = extendPair({ left, right }, 15);
  assert.equal(shown(pair.left), ' before the curve flattens out');
  assert.equal(shown(pair.right), 'before the curve flattens out');
});

test('a passage is shown in whole words, with a few more around it', () => {
  assert.deepEqual(inWords(of(REGISTERED, 'nged below the sec')), {
    before: '… kiln. On cooling, the gas is cha',
    lead: '',
    matched: 'nged below the sec',
    tail: '',
    after: 'ond plateau, before the curve flattens out. …',
  });
  assert.deepEqual(inWords({ text: 'all of it', from: 0, to: 9 }), { before: '', lead: '', matched: 'all of it', tail: '', after: '' });
  assert.deepEqual(inWords(of('a few words and no more', 'words')), { before: 'a few ', lead: '', matched: 'words', tail: '', after: ' and no more' });
  assert.deepEqual(inWords(of('few, words, no', ', words')), { before: 'few, ', lead: '', matched: 'words', tail: '', after: ', no' });
  const long = inWords(of(`${'字'.repeat(300)}match${'字'.repeat(300)}`, 'match'));
  assert.ok(long.before.length <= 90 && long.after.length <= 90);
});

test('marked is what is told, and what is equal as well at its edges is told apart', () => {
  const { left, right, told } = extendPair({ left: of('On cooling, the gas is', 'ng, the g'), right: of(REGISTERED, 'ng, the g') });
  assert.deepEqual([told.left.from, told.left.to], [8, 17]);
  assert.deepEqual(inWords(left, told.left), { before: '', lead: 'On cooli', matched: 'ng, the g', tail: 'as is', after: '' });
  const { lead, matched, tail } = inWords(right, told.right);
  assert.deepEqual([lead, matched, tail], ['On cooli', 'ng, the g', 'as is']);
});

test('parts are named by what leads to them; what a mail leaves unnamed is its text', () => {
  assert.equal(namePart({ path: [], kind: 'text' }), undefined);
  assert.equal(namePart({ path: ['part 1'], kind: 'text' }), 'the mail’s text');
  assert.equal(namePart({ path: ['old.zip', 'letter.eml', 'part 1.2'], kind: 'html' }), 'old.zip / letter.eml / the mail’s text');
  assert.equal(namePart({ path: ['part 2'] }), 'a part of the mail');
  assert.equal(namePart({ path: ['part 1.txt'], kind: 'text' }), 'part 1.txt');
  assert.equal(namePart({ path: [], kind: 'mail' }), 'headers of the mail');
  assert.equal(namePart({ path: ['a.docx'], kind: 'hidden' }), 'a.docx (hidden: comments, scripts, properties)');
});
