import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startServer } from '#apps/server/server.ts';
import { readConfig } from '#platform/server/config.ts';
import { lettersOf, ORIGINALS, trialsOf } from '#testing/trial.ts';
import { createRun } from './testing.ts';

interface Told {
  readonly verdict: string;
  readonly matches: readonly { document: string; whole?: boolean; part?: readonly string[]; passages: readonly { from: number; to: number }[] }[];
  readonly reason?: string;
}
const EXITS = { match: 1, clear: 0, 'not-inspected': 2 } as const;

test('documents of public origin, and what people make of them', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'underseal-trial-'));
  await chmod(folder, 0o711);
  const data = path.join(folder, 'data');
  const server = await startServer({
    config: readConfig({ UNDERSEAL_DATA: data, UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'silent' }),
    dist: undefined,
    say: () => undefined,
  });
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const at = (name: string) => path.join(folder, name);
  const run = createRun({ UNDERSEAL_URL: server.url, UNDERSEAL_DATA: data, UNDERSEAL_SESSION_FILE: at('session.json'), UNDERSEAL_LOG: 'silent' });
  await writeFile(at('password'), 'seven grey herons wait\n', { mode: 0o600 });
  const who = ['--email', 'ines@halvorsen.example', '--password-file', at('password')];
  assert.equal((await run('setup', '--organisation', 'Halvorsen', ...who, '--name', 'Ines', '--kit', at('kit.txt'), '--json')).code, 0);
  assert.equal((await run('login', ...who)).code, 0);

  for (const { name, bytes } of ORIGINALS) await writeFile(at(name), bytes);
  const files = ORIGINALS.flatMap(({ name }) => ['--file', at(name)]);
  const registered = await run('register', 'KESTREL', '--title', 'Papers of state', '--tier', '3', ...files, '--json');
  assert.equal(registered.code, 0, registered.err);
  const documents = registered.lines()[0]!['documents'] as unknown as readonly { document: string; path: string; fingerprint: string }[];
  assert.deepEqual(
    documents.map(({ fingerprint }) => fingerprint),
    ORIGINALS.map(() => 'ready'),
  );

  for (const original of ORIGINALS) {
    const { document } = documents.find((one) => one.path === at(original.name))!;
    for (const trial of trialsOf(original)) {
      await t.test(`${original.name}: ${trial.name} is ${trial.verdict}`, async () => {
        const file = at(`sent-${trial.name}`);
        await writeFile(file, trial.bytes);
        const { code, lines, err } = await run('check', file, '--json');
        const told = lines()[0] as unknown as Told;
        assert.deepEqual([told.verdict, code, err], [trial.verdict, EXITS[trial.verdict], '']);
        if (trial.verdict === 'not-inspected') assert.equal(told.reason, 'encrypted');
        if (trial.verdict !== 'match') return;
        assert.deepEqual(
          told.matches.map((match) => match.document),
          [document],
          'this document, and no other',
        );
        const [match] = told.matches as [Told['matches'][0]];
        assert.equal(match.whole === true, trial.name !== 'lunch.eml');
        if (trial.name === 'report.zip') assert.deepEqual(match.part, ['report.docx', `word/embeddings/${original.name}`]);
        if (trial.name === 'lunch.eml') assertPassages(match.passages, trial.bytes, original.passages);
      });
    }
  }
});

/** Every passage told is of the two that were copied, and little of these is missing. */
function assertPassages(passages: readonly { from: number; to: number }[], mail: Buffer, copied: string) {
  const body = mail
    .toString()
    .split('quoted-printable\r\n\r\n')[1]!
    .split('\r\n--b0undary')[0]!
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const letters = lettersOf(copied);
  const told = passages.map(({ from, to }) => lettersOf(body.slice(from, to)));
  for (const one of told) assert.ok(letters.includes(one), one);
  assert.ok(told.join('').length > letters.length - 2 * passages.length * 16, `${told.join('').length} of ${letters.length}`);
}
