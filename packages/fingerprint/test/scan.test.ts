import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  buildAllowSegment,
  buildSegment,
  COPIES_MAX,
  fingerprint,
  fingerprintKey,
  foldText,
  isRecognised,
  LIST_MAX,
  openSegment,
  scan,
  tierOf,
  type Prints,
  type Segment,
} from '../src/index.ts';
import { aes, key } from './aes.ts';
import { proseOfReadmes } from './corpus.ts';
import { disguises } from './disguises.ts';
import { Naive, naiveScan } from './naive.ts';
import { poor, prose, runs } from './texts.ts';

const naive = new Naive(createHash('sha256').update('a key for tests').digest().subarray(0, 16));
const pages = proseOfReadmes();
const registered = pages.filter((_, i) => i % 2 === 0);
const carriers = pages.filter((_, i) => i % 2 === 1);

function printsOf(text: string): Prints {
  const taken = fingerprint(text, key);
  assert.ok(taken.ok);
  return taken.prints;
}

function segmentOf(documents: readonly { id: string; text: string; lineage?: string }[], options = {}): Segment {
  return openSegment(
    buildSegment(
      documents.map(({ id, text, lineage }) => ({ id, lineage: lineage ?? id, prints: printsOf(text) })),
      options,
    ),
  );
}

const register = segmentOf(registered.map(({ name, text }) => ({ id: name, text })));
const foldedLength = (text: string) => foldText(text).bytes.length;

// A passage of some 600 characters out of a long page, cut at a word so that every disguise keeps its folded text.
const source = registered.toSorted((a, b) => b.text.length - a.text.length)[0]!;
const srcFrom = source.text.indexOf(' ', 1_000) + 1;
const srcTo = source.text.indexOf(' ', srcFrom + 600);
const passage = source.text.slice(srcFrom, srcTo);
const carrier = carriers
  .map(({ text }) => text)
  .join('\n')
  .slice(0, 4_000);

for (const [name, disguise] of Object.entries(disguises)) {
  test(`a passage is found in an unrelated text: ${name}`, () => {
    const leak = disguise(passage);
    // The digits see to it that the texts around do not go on alike by chance.
    const before = `${carrier.slice(0, 2_000)} 77\n`;
    const message = `${before}${leak}\n77 ${carrier.slice(2_000)}`;
    const { matches } = scan(message, { key, segments: [register] });

    const match = matches.find((one) => one.documentId === source.name)!;
    assert.equal(match, matches[0]);
    assert.equal(match.tier, 'certain');
    // Winnowing sees all but the last w - 1 folded characters at either end.
    assert.ok(match.coverage >= foldedLength(passage) - 30);
    assert.ok(match.coverage <= foldedLength(passage));
    assert.ok(Math.abs(match.ofText - match.characters / foldedLength(message)) < 1e-9);
    const [first, last] = [match.passages[0]!, match.passages.at(-1)!];
    assert.ok(first.from >= before.length && last.to <= before.length + leak.length);
    assert.ok(foldedLength(leak.slice(0, first.from - before.length)) < 16);
    assert.ok(foldedLength(leak.slice(last.to - before.length)) < 16);
    // Both sides of a passage are the same stretch, to within ten characters.
    for (const one of match.passages) {
      const planted = disguise(passage.slice(0, one.srcFrom - srcFrom)).length;
      assert.ok(Math.abs(one.from - before.length - planted) <= 10, `${one.from - before.length} ${planted}`);
      assert.equal(foldedText(source.text.slice(one.srcFrom, one.srcTo)), foldedText(leak.slice(one.from - before.length, one.to - before.length)));
    }
  });
}

function foldedText(text: string): string {
  return new TextDecoder().decode(foldText(text).bytes);
}

test('any excerpt of a page is found with offsets that hold in both texts', () => {
  fc.assert(
    fc.property(fc.nat(registered.length - 1), fc.nat(), fc.integer({ min: 120, max: 500 }), fc.nat(carriers.length - 1), (which, start, length, other) => {
      const page = registered[which]!;
      const from = start % Math.max(1, page.text.length - length);
      const leak = page.text.slice(from, from + length);
      fc.pre(foldedLength(leak) >= 82);
      const before = `${carriers[other]!.text.slice(0, 1_500)}\n\n`;
      const message = `${before}${leak}\n\n${carriers[other]!.text.slice(1_500, 3_000)}`;
      const { matches, traces } = scan(message, { key, segments: [register] });
      const match = [...matches, ...traces].find((one) => one.documentId === page.name)!;
      assert.ok(match.tier !== 'trace');
      assert.ok(match.passages.some((one) => foldedText(page.text.slice(one.srcFrom, one.srcTo)) === foldedText(message.slice(one.from, one.to))));
    }),
    runs(100),
  );
});

test('unrelated prose is clear', () => {
  assert.ok(pages.length >= 30 && pages.reduce((sum, { text }) => sum + text.length, 0) > 60_000);
  const flagged = carriers.filter(({ text }) => scan(text, { key, segments: [register] }).matches.length > 0);
  // Authors repeat themselves: what is flagged all the same must be the same words in both.
  assert.ok(flagged.length <= carriers.length / 10, `${flagged.length} of ${carriers.length}`);
  for (const { text } of flagged) {
    for (const { documentId, passages } of scan(text, { key, segments: [register] }).matches) {
      const page = registered.find(({ name }) => name === documentId)!;
      const widest = passages.toSorted((a, b) => b.characters - a.characters)[0]!;
      assert.ok(foldedText(page.text).includes(foldedText(text.slice(widest.from, widest.to))));
    }
  }
});

test('a scan agrees with the naive one', () => {
  const texts = fc.array(fc.oneof(prose(6, 60), poor), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.array(fc.tuple(fc.nat(3), prose(0, 40)), { minLength: 1, maxLength: 4 }), (documents, parts) => {
      const known = documents.map((text, i) => ({ id: `doc_${i}`, text })).filter(({ text }) => fingerprint(text, key).ok);
      fc.pre(known.length > 0);
      const message = parts.map(([which, filler]) => `${filler} ${documents[which % documents.length]!.slice(0, 300)}`).join(' ');
      const { matches, traces, folded } = scan(message, { key, segments: [segmentOf(known)], listMax: 1_000 });
      assert.equal(folded, foldedLength(message));
      const ours = [...matches, ...traces].map(({ documentId, coverage, characters, ofDocument }) => ({ id: documentId, coverage, characters, ofDocument }));
      assert.deepEqual(
        ours.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        naiveScan(naive, message, known),
      );
    }),
    runs(100),
  );
});

const clause = `Neither party shall be answerable for delays that arise from storms, strikes, embargoes or the acts of any government, provided that the other side is told
  of them within seven working days and that every reasonable effort is made to resume delivery without regard to the order in which customers were promised theirs.`;
const recipe = `Dissolve forty grams of the precursor in dry toluene, add the ligand under argon within ninety seconds and keep the slurry below minus twelve degrees until the
  green tint has gone; only then raise the pressure to eleven bar and let the autoclave stir through the night at its lowest speed.`;

test('what the allow-corpus holds does not count, and is reported as excluded', () => {
  const allow = [openSegment(buildAllowSegment([clause], key))];
  const document = { id: 'doc_1', text: `${clause}\n${recipe}` };
  for (const [segments, given] of [
    [[segmentOf([document])], allow],
    [[segmentOf([document], { allow })], []],
  ] as const) {
    const both = scan(document.text, { key, segments, allow: given }).matches[0]!;
    assert.ok(Math.abs(both.coverage - foldedLength(recipe)) <= 62);
    assert.ok(both.excluded >= foldedLength(clause) - 62 && both.excluded <= foldedLength(clause));
    const { matches, traces } = scan(clause, { key, segments, allow: given });
    assert.deepEqual([...matches, ...traces], []);
  }
  assert.equal(scan(document.text, { key, segments: [segmentOf([document], { allow })] }).matches[0]!.ofDocument, 1);
  assert.ok(scan(clause, { key, segments: [segmentOf([document])] }).matches.length === 1);
});

const notice = `This product is made in a works that also handles peanuts and other nuts. Keep it dry and away from the light, and use it before the date that is printed
  on the lid; once opened, it lasts for three days in a refrigerator, whatever the date on the lid may say.`;
const warning = `Do not leave the vessel unattended while it is under pressure. The makers are not answerable for damage by whoever opened it against what stands on the plate.`;
const allowed = [clause, notice, warning];
const corpus = [openSegment(buildAllowSegment(allowed, key))];

test('allowed text is no passage whatever it stands beside, nor what is filled into it', () => {
  const filled = (name: string) => allowed.join(` ${name} in York: `);
  const document = { id: 'doc_1', text: `${filled('Amber Works')}\n${clause}\n${warning}` };
  const segments = [segmentOf([document], { allow: corpus })];
  for (const text of [document.text, `${filled('Amber Works')} ${carrier}`, filled('Amber Works').slice(40, -40), `${carrier.repeat(70)} ${document.text}`]) {
    assert.deepEqual(scan(text, { key, segments, allow: corpus }).matches, []);
    assert.equal(scan(text, { key, segments: [segmentOf([document])] }).matches.length, 1);
  }
});

test('a text is recognised by what is its own, and not where that is too little for a match', () => {
  const recognised = (text: string) => isRecognised(printsOf(text), corpus);
  for (const text of [allowed.join('\n'), clause.slice(0, 120), `${clause}\nAmber`, `${recipe.slice(0, 40)} ${clause}`])
    assert.equal(recognised(text), false, text);
  for (const text of [
    recipe,
    `${clause}\n${recipe}`,
    `${warning} ${recipe.slice(0, 100)} ${notice}`,
    `${recipe.slice(0, 60)} ${warning} ${recipe.slice(60, 120)}`,
  ])
    assert.equal(recognised(text), true, text);
  // Its own letters lie too far apart to be one leak.
  assert.equal(recognised(`${recipe.slice(0, 40)} ${allowed.join(' ')} ${recipe.slice(60, 100)}`), false);
  assert.equal(isRecognised(printsOf(clause), []), true);
});

test('of a short text that allowed text leaves less than a gram of, that little is no match', () => {
  const short = `${warning.slice(0, 58)} at 11 bar`;
  assert.ok(foldedLength(short) < 82);
  const segments = [segmentOf([{ id: 'doc_1', text: short }], { allow: corpus })];
  assert.deepEqual([scan(short, { key, segments, allow: corpus }).matches, isRecognised(printsOf(short), corpus)], [[], false]);
});

test('allowed text takes away nothing but what lies in it', () => {
  const sentences = registered.slice(0, 6).map(({ text }) => text.slice(200, 320));
  const piece = fc.oneof(
    fc.constantFrom(...sentences).map((text) => ({ text, isOwn: true })),
    fc.record({ one: fc.constantFrom(...allowed), from: fc.nat(60), length: fc.integer({ min: 40, max: 200 }) }).map(({ one, from, length }) => ({
      text: one.slice(from, from + length),
      isOwn: false,
    })),
  );
  const pieces = fc.array(piece, { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(pieces, pieces, (source, sent) => {
      const text = sent.map((one) => one.text).join('\n');
      const document = { id: 'doc_1', text: source.map((one) => one.text).join('\n') };
      const plain = scan(text, { key, segments: [segmentOf([document])] });
      const found = scan(text, { key, segments: [segmentOf([document], { allow: corpus })], allow: corpus });
      const all = (one: typeof found) => [...one.matches, ...one.traces];
      const passages = all(found).flatMap((one) => one.passages);
      const before = all(plain).flatMap((one) => one.passages);
      // Where hits of boilerplate lie between them, passages are joined otherwise; their ends are hits.
      for (const one of passages) {
        assert.ok(before.some(({ from, to }) => from <= one.from && one.from < to));
        assert.ok(before.some(({ from, to }) => from < one.to && one.to <= to));
      }
      for (const one of all(found)) assert.ok(one.characters <= all(plain)[0]!.characters && one.coverage <= all(plain)[0]!.coverage);
      const inBoth = (one: { text: string; isOwn: boolean }) => one.isOwn && source.some((other) => other.text === one.text);
      let at = 0;
      for (const one of sent) {
        const end = at + one.text.length;
        if (inBoth(one)) {
          const covering = passages.filter(({ from, to }) => to > at && from < end);
          assert.ok(foldedLength(text.slice(at, Math.max(at, Math.min(...covering.map(({ from }) => from))))) < 16);
          assert.ok(foldedLength(text.slice(Math.min(end, Math.max(...covering.map(({ to }) => to))), end)) < 16);
        }
        at = end + 1;
      }
      assert.equal(found.matches.length > 0, sent.some(inBoth));
    }),
    runs(150),
  );
});

test('a clause in many lineages counts for the first that were registered, and versions of one document crowd out nobody', () => {
  const strangers = Array.from({ length: 12 }, (_, i) => ({ id: `doc_${i}`, text: `${clause}\n${carriers[i]!.text}`, lineage: `sec_${i}` }));
  const versions = strangers.map((one, i) => ({ ...one, lineage: i < 11 ? 'sec_0' : 'sec_1' }));
  const found = (documents: typeof strangers) =>
    scan(clause, { key, segments: [segmentOf(documents, { lineagesMax: 8 })] }).matches.map((one) => one.documentId);
  assert.deepEqual(
    found(strangers).toSorted(),
    strangers
      .slice(0, 8)
      .map(({ id }) => id)
      .toSorted(),
  );
  assert.equal(found(versions).length, 12);
});

test('whoever registers a text of others a thousand times takes it from nobody', () => {
  const copies = Array.from({ length: 1000 }, (_, i) => ({ id: `copy_${i}`, text: `${clause} ${i}`, lineage: `copy_${i}` }));
  const { matches } = scan(clause, { key, segments: [segmentOf([{ id: 'doc_1', text: clause }, ...copies])] });
  assert.ok(matches.some(({ documentId }) => documentId === 'doc_1'));
});

test('several documents in one text are all returned, the most covered first', () => {
  const text = `${registered[1]!.text.slice(0, 500)}\n${registered[2]!.text.slice(0, 1_000)}\n${recipe}`;
  const { matches } = scan(text, { key, segments: [register, segmentOf([{ id: 'doc_recipe', text: recipe }])] });
  for (const id of [registered[1]!.name, registered[2]!.name, 'doc_recipe']) assert.ok(matches.some((one) => one.documentId === id));
  assert.deepEqual(
    matches,
    matches.toSorted((a, b) => b.coverage - a.coverage),
  );
});

test('a version that stands in two segments is reported once', () => {
  const one = segmentOf([{ id: 'doc_1', text: recipe }]);
  assert.equal(scan(recipe, { key, segments: [one, one] }).matches.length, 1);
});

test('tiers follow from coverage', () => {
  const long = { folded: 5_000, reach: 4_900 };
  assert.deepEqual(
    [32, 51, 52, 119, 120, 299, 300].map((coverage) => tierOf(coverage, long)),
    ['trace', 'trace', 'possible', 'possible', 'likely', 'likely', 'certain'],
  );
  assert.equal(tierOf(39, { folded: 81, reach: 50 }), 'trace');
  assert.equal(tierOf(40, { folded: 81, reach: 50 }), 'possible');
  assert.equal(tierOf(40, { folded: 82, reach: 50 }), 'trace');
  assert.equal(tierOf(32, { folded: 36, reach: 32 }), 'possible');
});

test('a short document matches when most of what its fingerprints reach is there, also within another text', () => {
  const secret = 'Passphrase of the pilot plant: heron-tundra-ninety-four-9';
  assert.ok(foldedLength(secret) < 52 && foldedLength(secret) >= 47);
  const segments = [segmentOf([{ id: 'doc_1', text: secret }])];
  assert.equal(scan(secret.toUpperCase(), { key, segments }).matches[0]?.tier, 'possible');
  const { matches, traces } = scan(`${carrier} ${secret} ${carrier}`, { key, segments });
  assert.equal(matches.length + traces.length, 1);
});

test('a copy of the whole of a document is a match, however short the document', () => {
  fc.assert(
    fc.property(prose(4, 30), (text) => {
      fc.pre(fingerprint(text, key).ok);
      const { matches } = scan(`\n> ${text.toUpperCase()}`, { key, segments: [segmentOf([{ id: 'doc_1', text }])] });
      assert.equal(matches.length, 1);
      assert.equal(matches[0]!.ofDocument, 1);
    }),
    runs(200),
  );
});

test('a phrase that is repeated counts once, and each copy is shown', () => {
  const phrase = recipe.slice(0, 75);
  const { matches, traces } = scan(`${phrase} ${carrier.slice(0, 300)} `.repeat(5), { key, segments: [segmentOf([{ id: 'doc_1', text: recipe }])] });
  const match = [...matches, ...traces][0]!;
  assert.ok(match.coverage <= foldedLength(phrase));
  assert.equal(match.passages.length, 5);
});

test('of a phrase repeated a thousand times the first copies are shown', () => {
  const phrase = recipe.slice(0, 75);
  const { matches, traces, truncated } = scan(`${phrase} ${clause} `.repeat(1_000), {
    key,
    segments: [segmentOf([{ id: 'doc_1', text: recipe }])],
    listMax: 10_000,
  });
  const { passages } = [...matches, ...traces][0]!;
  // The first copy, at the edge of the text, may have fingerprints of its own.
  assert.ok(passages.length >= COPIES_MAX && passages.length <= COPIES_MAX + 1);
  assert.equal(truncated, true);
});

test('a phrase that stands in a document three times is shown where its surroundings are', () => {
  const refrain = 'and then let the autoclave stir through the night at its lowest speed under argon';
  const parts = [registered[1]!.text.slice(0, 300), registered[2]!.text.slice(0, 300), registered[4]!.text.slice(0, 300), registered[5]!.text.slice(0, 300)];
  const text = parts.join(` ${refrain} `);
  const from = text.indexOf(parts[2]!);
  const leak = text.slice(from, text.indexOf(parts[3]!) + 200);
  const { passages } = scan(leak, { key, segments: [segmentOf([{ id: 'doc_1', text }])] }).matches[0]!;
  assert.ok(passages.some((one) => one.characters > 400 && Math.abs(one.srcFrom - one.from - from) <= 1 && Math.abs(one.srcTo - one.to - from) <= 1));
});

test('passages up to 400 folded characters apart add up, farther ones do not', () => {
  const halves = [recipe.slice(0, 140), recipe.slice(140)];
  const filler = foldedText(carrier);
  const across = (gap: number) => scan(halves.join(filler.slice(0, gap)), { key, segments: [segmentOf([{ id: 'doc_1', text: recipe }])] }).matches[0]!;
  assert.ok(across(350).coverage > 160);
  assert.ok(across(450).coverage < 120);
  assert.equal(across(450).passages.length, 2);
});

test('lists are cut where asked, and it is said', () => {
  const versions = Array.from({ length: 130 }, (_, i) => ({ id: `doc_${i}`, text: recipe, lineage: 'sec_1' }));
  const segments = [segmentOf(versions)];
  const cut = scan(recipe, { key, segments });
  assert.equal(cut.matches.length, LIST_MAX);
  assert.equal(cut.truncated, true);
  assert.equal(scan(recipe, { key, segments, listMax: 130 }).truncated, false);
  const copies = scan(`${recipe}\n${carrier}`.repeat(6), { key, segments: [segmentOf([{ id: 'doc_1', text: recipe }])], listMax: 4 });
  assert.equal(copies.matches[0]!.passages.length, 4);
  assert.deepEqual([copies.truncated, copies.matches[0]!.truncated], [true, true]);
});

test('segments of another key or of the wrong kind are refused', () => {
  const other = fingerprintKey(aes('another key'));
  const allow = openSegment(buildAllowSegment([clause], key));
  assert.throws(() => scan('', { key: other, segments: [register] }), { code: 'key_differs' });
  assert.throws(() => scan('', { key, segments: [allow] }), { code: 'input_invalid' });
  assert.throws(() => scan('', { key, segments: [], allow: [register] }), { code: 'input_invalid' });
});

test('a long text is scanned with the wide window and finds the same passage', () => {
  const filler = carriers
    .map(({ text }) => text)
    .join('\n')
    .repeat(9)
    .slice(0, 150_000);
  const { matches } = scan(`${filler}\n${passage}\n${filler}`, { key, segments: [register] });
  const match = matches.find((one) => one.documentId === source.name)!;
  assert.equal(match.tier, 'certain');
  assert.ok(match.coverage >= foldedLength(passage) - 62);
});
