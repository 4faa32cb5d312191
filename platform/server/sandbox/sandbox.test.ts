import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { isContent, markAt, type Extraction } from '@underseal/extract';
import { docxWith, emlWith, encryptedZip, pdfWith, zipOf } from '../../../packages/extract/test/samples.ts';
import { confine } from './confine.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from './index.ts';

const entry = fileURLToPath(new URL('./hostile.child.ts', import.meta.url));
const logged: string[] = [];
const log = { warn: (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message) };
const open: Sandbox[] = [];

function start(options: Partial<SandboxOptions> = {}): Sandbox {
  const sandbox = startSandbox({ workers: 1, memoryMb: 128, log, ...options });
  open.push(sandbox);
  return sandbox;
}
after(() => Promise.all(open.map((sandbox) => sandbox.close())));

const real = start({ workers: 2, memoryMb: 512 });
const hostile = start({ entry });
const nothing = Buffer.from('x');
const reasons = (found: Extraction): string[] => found.problems.map(({ path, reason }) => [...path, reason].join(' > '));
const content = (found: Extraction): string =>
  found.parts
    .filter(isContent)
    .map(({ text }) => text)
    .join('|');
const ask = async (name: string, sandbox = hostile): Promise<unknown> => JSON.parse((await sandbox.extract(nothing, { name })).parts[0]!.text);

test('a file is read in a child, with its positions', async () => {
  const found = await real.extract(docxWith('Grüße an alle\n\ud800 alone'), { name: 'a.docx' });
  const part = found.parts.find(({ kind }) => kind === 'word')!;
  assert.equal(part.text, 'Grüße an alle\n\ufffd alone\n');
  assert.equal(markAt(part, 15)?.label, '2');
  assert.equal(found.whole, true);
});

test('a stream is read, and one that is too long is not', async () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) yield Buffer.from(`piece ${i} `);
  }
  assert.equal(content(await real.extract(pieces())), 'piece 0 piece 1 piece 2 piece 3 piece 4 ');
  const small = start({ limits: { inputBytes: 20 } });
  assert.deepEqual(reasons(await small.extract(pieces())), ['too_large']);
  assert.equal(content(await small.extract(Buffer.from('short'))), 'short');
});

test('an input that fails rejects, and the next job is read', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a beginning');
    throw new Error('the other side is gone');
  }
  await assert.rejects(real.extract(failing()), { code: 'input_failed' });
  assert.equal(content(await real.extract(Buffer.from('next'))), 'next');
});

test('large answers arrive whole', async () => {
  const text = 'ä1'.repeat(3_000_000);
  assert.equal(content(await real.extract(Buffer.from(text))), text);
});

for (const [what, reason] of [
  ['crash', 'broken'],
  ['exit', 'broken'],
  ['throw', 'broken'],
  ['lie', 'broken'],
  ['heap', 'broken'],
] as const) {
  test(`a child that does this is ended, the job is ${reason}, the next job gets a new child: ${what}`, async () => {
    const before = await ask('pid');
    const found = await hostile.extract(nothing, { name: what });
    assert.deepEqual(reasons(found), [reason]);
    assert.equal(found.whole, false);
    assert.notEqual(await ask('pid'), before);
  });
}

test('buffers outside the heap are bounded too', { skip: process.platform !== 'linux' }, async () => {
  const small = start({ entry, memoryMb: 32, limits: { milliseconds: 30_000 } });
  assert.deepEqual(reasons(await small.extract(nothing, { name: 'buffers' })), ['broken']);
});

test('an endless loop ends by the clock', async () => {
  // Long enough for a child to start on a busy machine: the next job has the same limit.
  const quick = start({ entry, limits: { milliseconds: 3_000 }, graceMilliseconds: 100 });
  assert.deepEqual(reasons(await quick.extract(nothing, { name: 'loop' })), ['timeout']);
  assert.equal(await ask('none', quick), 1);
});

test('the child has no environment, no arguments that tell, and stands in the root', async () => {
  process.env['UNDERSEAL_TEST_KEY'] = 'a key of the server';
  const seen = (await ask('env', start({ entry }))) as { env: object; cwd: string; argv: number; uid: number };
  assert.deepEqual(seen.env, {});
  assert.equal(seen.cwd, '/');
  assert.equal(seen.argv, 2);
  if (process.getuid?.() === 0 && !confine(entry, 128).missing.includes('user')) assert.equal(seen.uid, 65534);
});

test('the child reads no file but its code, writes none, starts no process, makes no code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  try {
    writeFileSync(join(folder, 'root.key'), 'a key of the server', { mode: 0o644 });
    assert.deepEqual(await ask(`file ${join(folder, 'root.key')}`), ['no: ERR_ACCESS_DENIED', 'no: ERR_ACCESS_DENIED', 'no: ERR_ACCESS_DENIED']);
    assert.equal(await ask(`write ${join(folder, 'out')}`), 'no: ERR_ACCESS_DENIED');
    assert.ok(!existsSync(join(folder, 'out')));
    assert.equal(await ask('spawn'), 'no: ERR_ACCESS_DENIED');
    assert.equal(await ask('eval'), 'no: EvalError');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the child reaches no network', { skip: confine(entry, 128).missing.includes('network') }, async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    assert.match(String(await ask(`net ${(server.address() as AddressInfo).port}`)), /^no: /);
  } finally {
    server.close();
  }
});

test('a child is replaced after its share of jobs', async () => {
  const sandbox = start({ entry, jobsPerChild: 2 });
  const pids = [await ask('pid', sandbox), await ask('pid', sandbox), await ask('pid', sandbox)];
  assert.equal(pids[0], pids[1]);
  assert.notEqual(pids[1], pids[2]);
});

test('who gives up is let go, waiting or running, and the queue has an end', async () => {
  const sandbox = start({ entry, maxWaiting: 1 });
  const running = new AbortController();
  const waiting = new AbortController();
  const first = sandbox.extract(nothing, { name: 'loop', signal: running.signal });
  const second = sandbox.extract(nothing, { name: 'pid', signal: waiting.signal });
  await assert.rejects(sandbox.extract(nothing), { code: 'busy' });
  waiting.abort();
  await assert.rejects(second, { code: 'aborted' });
  running.abort();
  await assert.rejects(first, { code: 'aborted' });
  assert.equal(await ask('none', sandbox), 1);
});

test('closing ends every child and every job', async () => {
  const sandbox = start({ entry, workers: 2 });
  const pid = (await ask('pid', sandbox)) as number;
  const jobs = [sandbox.extract(nothing, { name: 'loop' }), sandbox.extract(nothing, { name: 'loop' }), sandbox.extract(nothing, { name: 'loop' })];
  const ends = Promise.allSettled(jobs);
  await sandbox.close();
  for (const end of await ends) assert.equal((end as PromiseRejectedResult).reason.code, 'closed');
  assert.equal(sandbox.running(), 0);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await assert.rejects(sandbox.extract(nothing), { code: 'closed' });
});

test('a child in an endless loop dies with the server', { skip: confine(entry, 128).missing.includes('orphan') }, async () => {
  const script = `const { startSandbox } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const sandbox = startSandbox({ workers: 1, memoryMb: 128, log: { warn() {} }, entry: ${JSON.stringify(entry)} });
    console.log((await sandbox.extract(new Uint8Array(1), { name: 'pid' })).parts[0].text);
    await sandbox.extract(new Uint8Array(1), { name: 'loop' });`;
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isRunning(pid));
  server.kill('SIGKILL');
  while (isRunning(pid)) await sleep(10);
});

function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

test('a child that cannot start is an error of the house, not of the file', async () => {
  const sandbox = start({ entry: fileURLToPath(new URL('./no-such.child.ts', import.meta.url)) });
  await assert.rejects(sandbox.extract(nothing), { code: 'unavailable' });
});

test('pdf: text by page, properties, attachments', async () => {
  const found = await real.extract(
    pdfWith(['First page\nsecond line', 'Second (page)'], { title: 'In the title', attachment: { name: 'a.docx', data: docxWith('in the attachment') } }),
  );
  const part = found.parts.find(({ kind }) => kind === 'pdf')!;
  assert.equal(part.text, 'First page\nsecond line\nSecond (page)\n');
  assert.deepEqual(markAt(part, 25), { at: 23, kind: 'page', label: '2' });
  assert.match(content(found), /in the attachment/);
  assert.ok(found.parts.some(({ kind, text }) => kind === 'hidden' && text.includes('In the title')));
  assert.deepEqual(reasons(found), []);
});

const HEADLINE = 'A headline of forty-six letters stands above it';
const SECRET = 'Hold the mixture at eleven degrees for nine minutes, then add the salt slowly';
/** Drawn forms with the steps of letters: each of 40 kinds in turn. */
const outlines = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i % 90} ${i} m ${'1 2 3 4 5 6 c 7 8 l '.repeat(1 + (i % 20))}${i % 2 ? '9 9 l ' : ''}h`);
const appearance = ['/Subtype /Form /BBox [0 0 500 50] /Resources << /Font << /F1 3 0 R >> >>', `BT /F1 12 Tf (${SECRET}) Tj ET`] as const;
const cell = [
  '/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 500 50] /XStep 500 /YStep 50 /Resources << /Font << /F1 3 0 R >> >>',
  appearance[1],
] as const;
const tile = (i: number): readonly [string, string] => [
  '/Type /XObject /Subtype /Image /Width 64 /Height 64 /ColorSpace /DeviceGray /BitsPerComponent 8',
  String.fromCharCode(i).repeat(64 * 64),
];
const tiles = Array.from({ length: 48 }, (_, i) => i);
const shuffled = [...SECRET]
  .map((letter, i) => `1 0 0 1 ${50 + 6 * i} 400 Tm (${letter}) Tj`)
  .map((shown, i, all) => all[(i * 31) % all.length]!)
  .join(' ');
const hiddenOf = (found: Extraction): string =>
  found.parts
    .filter(({ kind }) => kind === 'hidden')
    .map(({ text }) => text)
    .join('|');

for (const [name, drawing, expected] of [
  ['text drawn as many filled outlines under a headline', outlines(200).join(' f '), ['page 1 > image']],
  ['text drawn as one path with a single fill', outlines(200).join(' '), ['page 1 > image']],
  ['text drawn as a clip', `${outlines(200).join(' ')} W n 0 0 600 800 re f`, ['page 1 > image']],
  [
    'a chart of bars, a curve and markers',
    `${'1 2 30 40 re f '.repeat(400)}0 0 m ${'1 2 3 4 5 6 c '.repeat(900)}S ${'0 0 m 1 2 3 4 5 6 c 1 2 3 4 5 6 c h f '.repeat(300)}`,
    [],
  ],
  ['a table with rules', '0 0 m 500 0 l S '.repeat(900), []],
  ['a logo', `${outlines(40).join(' ')} f`, []],
] as const) {
  test(`pdf: ${name}`, async () => {
    const found = await real.extract(pdfWith([HEADLINE], { drawing: `${drawing} f` }));
    assert.deepEqual(reasons(found), expected);
  });
}

for (const [name, options] of [
  ['the appearance of a stamp', { objects: [appearance], page: '/Annots [<< /Type /Annot /Subtype /Stamp /Rect [0 0 500 50] /F 4 /AP << /N 4 0 R >> >>]' }],
  [
    'the appearance of a square that is only printed',
    { objects: [appearance], page: '/Annots [<< /Type /Annot /Subtype /Square /Rect [0 0 500 50] /F 36 /AP << /N 4 0 R >> >>]' },
  ],
  ['the cell of a tiling pattern', { objects: [cell], resources: '/Pattern << /P1 4 0 R >>', drawing: '/Pattern cs /P1 scn 0 0 500 50 re f' }],
  ['letters drawn in another order than they are placed', { drawing: `BT /F1 12 Tf ${shuffled} ET` }],
] as const) {
  test(`pdf: the text of ${name} is read`, async () => {
    const found = await real.extract(pdfWith([HEADLINE], options));
    assert.deepEqual(reasons(found), []);
    assert.ok(hiddenOf(found).replace(/\s/g, '').includes(SECRET.replace(/\s/g, '')));
  });
}

test('pdf: a file that only /AF reaches is told of', async () => {
  const objects = [['/Type /EmbeddedFile', SECRET]] as const;
  const found = await real.extract(pdfWith([HEADLINE], { objects, catalog: '/AF [<< /Type /Filespec /F (a.txt) /EF << /F 4 0 R >> >>]' }));
  assert.deepEqual(reasons(found), ['unsupported']);
});

test('pdf: many small pictures on a page are counted together', async () => {
  const paint = (of: readonly number[]): string => of.map((i) => `/T${i} Do`).join(' ');
  const shown = (of: readonly number[]): Buffer =>
    pdfWith([HEADLINE], { objects: tiles.map(tile), resources: `/XObject << ${tiles.map((i) => `/T${i} ${4 + i} 0 R`).join(' ')} >>`, drawing: paint(of) });
  assert.deepEqual(reasons(await real.extract(shown(tiles))), ['page 1 > image']);
  assert.deepEqual(reasons(await real.extract(shown([1, 2, 2, 2, 2, 2]))), []);
});

const sample = pdfWith(['a page'.repeat(20), 'another page']);
const pdfs: { name: string; bytes: Uint8Array; reasons: string[]; has?: string }[] = [
  { name: 'a page with a picture', bytes: pdfWith(['seen', 'also'], { imageSide: 200 }), reasons: ['page 1 > image', 'page 2 > image'], has: 'seen' },
  { name: 'a page with a scan and no text', bytes: pdfWith([''], { imageSide: 300 }), reasons: ['page 1 > image'] },
  { name: 'a page with a bullet of a picture', bytes: pdfWith(['seen'], { imageSide: 20 }), reasons: [], has: 'seen' },
  { name: 'a hundred thousand pages declared', bytes: pdfWith(['x'], { declaredPages: 100_000 }), reasons: ['too_many_pages'] },
  { name: 'fewer pages declared than there are', bytes: pdfWith(['one', 'two', 'three'], { declaredPages: 1 }), reasons: ['broken'], has: 'one' },
  { name: 'a password', bytes: pdfWith(['x'], { encrypted: true }), reasons: ['encrypted'] },
  { name: 'cut off', bytes: sample.subarray(0, sample.length - 400), reasons: ['broken'] },
  { name: 'nothing but a header', bytes: Buffer.from('%PDF-1.7\n'), reasons: ['broken'] },
  { name: 'a zip behind it', bytes: Buffer.concat([pdfWith(['seen']), zipOf({ 'a.txt': 'behind it' })]), reasons: [], has: 'behind it' },
  {
    name: 'in a mail in a zip',
    bytes: zipOf({ 'a.eml': emlWith({ attachments: [{ name: 'x.pdf', data: pdfWith(['far inside']) }] }) }),
    reasons: [],
    has: 'far inside',
  },
];
for (const { name, bytes, reasons: expected, has } of pdfs) {
  test(`pdf: ${name}`, async () => {
    const found = await real.extract(bytes);
    assert.deepEqual(reasons(found), expected);
    assert.equal(found.whole, expected.length === 0);
    if (has !== undefined) assert.ok(content(found).includes(has));
  });
}

test('pdf: with bytes changed or cut, it gives an answer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: sample.length }),
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 5 }),
      async (length, changes) => {
        const changed = Buffer.from(sample.subarray(0, length));
        for (const [at, byte] of changes) if (at < length) changed[at] = byte;
        const found = await real.extract(changed);
        assert.equal(found.whole, found.problems.length === 0 && found.parts.every((part) => part.whole));
      },
    ),
    { numRuns: process.env['SLOW'] ? 1_000 : 60 },
  );
});

test('many at once', async () => {
  const found = await Promise.all(Array.from({ length: 20 }, (_, i) => real.extract(i % 2 ? encryptedZip() : Buffer.from(`text ${i}`))));
  assert.equal(content(found[4]!), 'text 4');
  assert.deepEqual(reasons(found[5]!), ['secret.txt > encrypted']);
});

test('nothing that was read is logged', async () => {
  await hostile.extract(Buffer.from('a passage of the secret'), { name: 'crash' });
  for (let i = 0; i < 100 && !logged.some((line) => line.includes('SIGSEGV')); i++) await sleep(10);
  assert.ok(logged.some((line) => line.includes('extraction child ended in a job')));
  assert.ok(!logged.join('\n').includes('passage'));
});
