import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ed25519Signer, formatCheckpoint, formatVkey, fromBase64, parseCheckpoint, signNote } from '@underseal/ledger';
import { evidence, evidenceFailures } from '#features/evidence/contract.ts';
import { register } from '#features/register/contract.ts';
import { sha256 } from '#platform/server/ledger/hash.ts';
import { startHouse, type TestPerson } from '#testing/house.ts';
import { createRun } from './testing.ts';

const house = await startHouse();
// Nothing of this machine's settings, and a server that there is not: all of it is in the files.
const run = createRun({ UNDERSEAL_URL: 'http://127.0.0.1:9', UNDERSEAL_PORT: 'none' });
let folder: string;
let iris: TestPerson;

interface Downloads {
  readonly proof: { index: number; size: number; leaf: string; proof: string[]; note: string; verifier: string };
  readonly key: string;
  /** The checkpoint as it was before more was recorded, and the proof that it is the beginning. */
  readonly old: string;
  readonly oldSize: number;
  readonly growth: { from: number; size: number; proof: string[]; note: string };
  readonly entries: { index: number; leaf: string; digest: string; id: string; type: string; at: string }[];
  readonly newest: { size: number; root: string; note: string; verifier: string; waiting: number };
}
let got: Downloads;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'underseal-verify-'));
  const ann = await house.hire('Ann', ['owner']);
  iris = await house.hire('Iris', ['counsel']);
  await enter(ann, 5);
  const { note: old, size: oldSize } = await iris.on(evidence).checkpoint({});
  await enter(ann, 6);
  const newest = await iris.on(evidence).checkpoint({});
  const proof = await iris.on(evidence).proof({ index: 3 });
  const growth = await iris.on(evidence).consistency({ from: oldSize });
  const { items } = await iris.on(evidence).entries({ limit: 100 });
  got = {
    proof: { ...proof, verifier: newest.verifier },
    key: newest.verifier,
    old: old!,
    oldSize,
    growth,
    entries: items as never,
    newest: newest as never,
  };
});
after(() => rm(folder, { recursive: true, force: true }));

async function enter(owner: TestPerson, count: number) {
  for (let i = 0; i < count; i++)
    await owner.on(register).enter({
      codeName: `KESTREL-${entered++}`,
      title: 'Firing schedule',
      tier: 3,
      ownerId: owner.id as never,
      elements: [{ heading: 'Ramp', text: 'Slow' }],
    });
  await house.settle();
}
let entered = 0;
/** Saves as the page does. */
async function save(name: string, content: unknown): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
}

test('a downloaded proof holds by the key that one knows, and cannot be said by the key that it brings', async () => {
  const file = await save('entry.json', got.proof);
  const known = await run('verify', file, '--key', got.key);
  assert.equal(known.code, 0, known.out + known.err);
  assert.match(known.out, /signed by \S+ with the key you gave/);
  assert.match(known.out, /Entry 3 of \d+: \d+ hashes lead from it to the root/);
  assert.match(known.out, /It says: register\.entered, 2026-11-23T\S+, \S+, \{"actor":"per_/);
  assert.match(known.out, /\nIt holds\./);
  assert.doesNotMatch(known.out, /FAILS|\?    /);
  assert.equal((await run('verify', file, '--key', await save('ledger.vkey', `${got.key}\n`))).code, 0, 'the key may lie in a file');
  const itself = await run('verify', file);
  assert.equal(itself.code, 2);
  assert.match(itself.out, /whoever makes such a file can make a key[^]*It cannot be said yet/);
  assert.ok(itself.out.includes(got.key), 'the key to compare is named');
  const json = await run('verify', file, '--key', got.key, '--json');
  assert.equal(json.lines()[0]!['verdict'], 'holds');
});

test('a proof in which one field was changed does not hold', async () => {
  const { proof } = got;
  const flip = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
  const changed: readonly (readonly [string, unknown])[] = [
    ['another index', { ...proof, index: 4 }],
    ['an index beyond', { ...proof, index: proof.size }],
    ['another size', { ...proof, size: proof.size - 1 }],
    ['a word of the entry', { ...proof, leaf: proof.leaf.replace('register.entered', 'register.revised') }],
    ['the time of the entry', { ...proof, leaf: proof.leaf.replace('"at":"2026-11-23', '"at":"2026-11-22') }],
    ['a space in the entry', { ...proof, leaf: `${proof.leaf} ` }],
    ...proof.proof.map((hash, i) => [`hash ${i}`, { ...proof, proof: proof.proof.toSpliced(i, 1, flip(hash)) }] as const),
    ['a hash less', { ...proof, proof: proof.proof.slice(1) }],
    ['a hash more', { ...proof, proof: [...proof.proof, proof.proof[0]] }],
    ['a hash that is none', { ...proof, proof: proof.proof.toSpliced(0, 1, 'zz') }],
    ['the size in the note', { ...proof, note: proof.note.replace(`\n${proof.size}\n`, `\n${proof.size + 1}\n`) }],
    ['the root in the note', { ...proof, note: parted(proof.note, 2, (line) => (line.startsWith('A') ? 'B' : 'A') + line.slice(1)) }],
    ['the origin in the note', { ...proof, note: parted(proof.note, 0, (line) => `${line}x`) }],
    ['the signature', { ...proof, note: parted(proof.note, 4, (line) => line.slice(0, -20) + (line.at(-20) === 'A' ? 'B' : 'A') + line.slice(-19)) }],
    ['no signature', { ...proof, note: proof.note.slice(0, proof.note.indexOf('\n\n') + 2) }],
    ['the key that it names', { ...proof, verifier: strangeKey().vkey }],
    ['a note that is none', { ...proof, note: 7 }],
    ['a leaf that is none', { ...proof, leaf: null }],
  ];
  for (const [what, content] of changed) {
    const { code, out, err } = await run('verify', await save('changed.json', content), '--key', got.key);
    assert.deepEqual([what, code, err], [what, 1, '']);
    assert.match(out, /FAILS[^]*It does not hold/, what);
  }
});

test('what another key signed does not hold, however well it fits together', async () => {
  const { vkey, name, signer } = strangeKey(got.key.split('+')[0]);
  const { size, root } = parseCheckpoint(got.proof.note.slice(0, got.proof.note.indexOf('\n\n') + 1));
  const note = await signNote(formatCheckpoint({ origin: name, size, root }), [signer]);
  const forged = await save('forged.json', { ...got.proof, note, verifier: vkey });
  assert.equal((await run('verify', forged)).code, 2, 'by itself it fits: only the key from elsewhere says more');
  const told = await run('verify', forged, '--key', got.key);
  assert.equal(told.code, 1);
  assert.match(told.out, /names another key than the one you gave[^]*not signed by this key/);
});

test('a kept checkpoint and a later one hold together by a proof, and without one it cannot be said', async () => {
  const kept = await save('kept.txt', got.old);
  const growth = await save('consistency.json', got.growth);
  const entry = await save('entry.json', got.proof);
  assert.equal((await run('verify', kept, '--key', got.key)).code, 0);
  const loose = await run('verify', entry, '--checkpoint', kept, '--key', got.key);
  assert.equal(loose.code, 2);
  assert.match(loose.out, new RegExp(`beginning of the one of ${got.newest.size} is not shown: ask for evidence\\.consistency from ${got.oldSize}`));
  const linked = await run('verify', entry, growth, '--checkpoint', kept, '--key', got.key);
  assert.equal(linked.code, 0, linked.out);
  assert.match(linked.out, new RegExp(`first ${got.oldSize} entries are the same in both`));
  await assert.rejects(iris.on(evidence).consistency({ from: got.newest.size + 1 }), { code: evidenceFailures.checkpointMissing.code });
  assert.equal((await run('verify', growth, '--key', got.key)).code, 2, 'without the kept checkpoint nothing is shown');
  assert.equal((await run('verify', await save('newest.json', got.newest), growth, kept, '--key', got.key)).code, 0, 'the answer of the API does as well');
  for (const [what, content] of [
    ['from', { ...got.growth, from: got.oldSize + 1 }],
    ['size', { ...got.growth, size: got.growth.size + 1 }],
    ['proof', { ...got.growth, proof: got.growth.proof.toReversed() }],
    ['proof', { ...got.growth, proof: got.growth.proof.slice(1) }],
    ['note', { ...got.growth, note: got.old }],
  ] as const) {
    const { code, out } = await run('verify', entry, await save('changed.json', content), '--checkpoint', kept, '--key', got.key);
    assert.ok(what === 'from' ? code === 2 : code === 1, `${what}: ${code} ${out}`);
  }
});

test('two signed roots of one size are told as two ledgers', async () => {
  const { name, signer, vkey } = strangeKey();
  const [one, other] = await Promise.all(
    [1, 2].map((fill) => signNote(formatCheckpoint({ origin: name, size: 9, root: new Uint8Array(32).fill(fill) }), [signer])),
  );
  const told = await run('verify', await save('one.txt', one), await save('other.txt', other), '--key', vkey);
  assert.equal(told.code, 1);
  assert.match(told.out, /with another root: two different ledgers were shown/);
});

test('all entries need no proof; some without one cannot be said', async () => {
  const checkpoint = await save('newest.json', got.newest);
  const all = await save('entries.json', { items: got.entries, next: null });
  const whole = await run('verify', all, checkpoint, '--checkpoint', await save('kept.txt', got.old), '--key', got.key);
  assert.equal(whole.code, 0, whole.out);
  assert.match(whole.out, new RegExp(`first ${got.newest.size} entries give the root`));
  assert.match(whole.out, /"actorName" and "names" are only what these were called/);
  const lines = await save('entries.jsonl', got.entries.map((entry) => JSON.stringify(entry)).join('\n'));
  assert.equal((await run('verify', lines, checkpoint, '--key', got.key)).code, 0);
  const single = await run('verify', await save('one-entry.json', got.entries[0]), '--key', got.key);
  assert.equal(single.code, 2);
  assert.match(single.out, /1 entry gives its digest/);
  const [first, ...rest] = got.entries as [Downloads['entries'][0], ...Downloads['entries']];
  for (const changed of [
    { ...first, digest: first.digest.replace(/^./, (letter) => (letter === '0' ? '1' : '0')) },
    { ...first, type: 'register.revised' },
    { ...first, actor: 'per_00000000000000000000000000' },
    { ...first, says: 'Una did it' },
    { ...first, at: '2026-11-23T09:00:00.001Z' },
    { ...first, id: 'ent_1' },
    { ...first, leaf: first.leaf.replace('2026', '2025') },
    { ...first, index: first.index - 1 },
  ])
    assert.equal((await run('verify', await save('changed.json', [changed, ...rest]), checkpoint, '--key', got.key)).code, 1);
  const without = await run('verify', await save('gap.json', rest), checkpoint, '--key', got.key);
  assert.equal(without.code, 2, 'the newest entry is missing');
});

test('what is no file of the ledger, and a key that is none, is said in words', async () => {
  for (const [content, words] of [
    ['', /neither a proof, nor an entry, nor a checkpoint/],
    ['{"a":1}', /neither a proof/],
    ['{"leaf":', /neither a proof/],
    ['[]', /neither a proof/],
    ['{"error":{"code":"x"}}', /error that the server answered/],
  ] as const) {
    const told = await run('verify', await save('odd.json', content), '--key', got.key);
    assert.deepEqual([told.code, told.out], [3, '']);
    assert.match(told.err, words);
  }
  const entry = await save('entry.json', got.proof);
  assert.match((await run('verify', entry, '--key', got.key.slice(0, -6))).err, /there is no such file|mistyped/);
  assert.match((await run('verify', entry, '--key', got.key.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).err, /mistyped, or none/);
  assert.match((await run('verify', entry, '--checkpoint', entry)).err, /another file of the ledger/);
  assert.match((await run('verify', path.join(folder, 'nowhere'))).err, /there is no such file/);
});

test('what an entry says cannot steer a terminal', async () => {
  const { out } = await run('verify', await save('\u001b[2Jentry.json', got.proof), '--key', got.key);
  assert.ok(!out.includes('\u001b'));
});

function parted(note: string, at: number, change: (line: string) => string): string {
  return note
    .split('\n')
    .map((line, i) => (i === at ? change(line) : line))
    .join('\n');
}
function strangeKey(name = 'strange.example/ledger') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const signer = ed25519Signer(sha256, { name, publicKey: raw, sign: (message) => sign(null, message, privateKey) });
  const vkey = formatVkey(sha256, name, raw);
  assert.ok(fromBase64(vkey.split('+').slice(2).join('+')));
  return { name, signer, vkey };
}
