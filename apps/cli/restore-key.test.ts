import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { startServer, type Server } from '#apps/server/server.ts';
import { readConfig } from '#platform/server/config.ts';
import { newRootKey, writeRecoveryKit } from '#platform/server/keys.ts';
import { createRun } from './testing.ts';

const PASSWORD = 'seven grey herons wait';
const EMAIL = 'ines@halvorsen.example';

test('a lost root key comes back from the kit, with all data as it is', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'underseal-restore-key-'));
  await chmod(folder, 0o711);
  const at = (name: string) => path.join(folder, name);
  const data = at('data');
  const settings = { UNDERSEAL_DATA: data, UNDERSEAL_LOG: 'silent' };
  const start = () => startServer({ config: readConfig({ ...settings, UNDERSEAL_PORT: '0' }), dist: undefined, say: () => undefined });
  let server: Server | undefined;
  t.after(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  await writeFile(at('password'), `${PASSWORD}\n`, { mode: 0o600 });
  server = await start();
  const env = () => ({ ...settings, UNDERSEAL_URL: server?.url ?? 'http://127.0.0.1:9', UNDERSEAL_SESSION_FILE: at('session.json') });
  const run = (...argv: string[]) => createRun(env())(...argv);
  const login = () => run('login', '--email', EMAIL, '--password-file', at('password'));
  const done = await run('setup', '--organisation', 'Halvorsen', '--email', EMAIL, '--password-file', at('password'), '--kit', at('kit.txt'));
  assert.equal(done.code, 0, done.err);
  const keyfile = path.join(data, 'root.key');
  const before = readFileSync(keyfile, 'utf8');
  const refused = await run('restore-key', '--kit', at('kit.txt'));
  assert.deepEqual([refused.code, refused.out], [3, '']);
  assert.match(refused.err, /lies at \S+ already, whole, and is the one of this kit/);

  // While the server runs, which needs it no longer.
  await rename(keyfile, at('moved.key'));
  assert.equal((await run('restore-key', '--kit', at('kit.txt'), '--json')).code, 0);
  assert.equal(readFileSync(keyfile, 'utf8'), before);
  await server.close();
  server = undefined;

  await rm(keyfile);
  await assert.rejects(start(), /root key is missing at \S+; put it back, or make it from the recovery kit: npx underseal restore-key/);
  const doctor = await run('doctor');
  assert.match(doctor.out, /fail {2}root-key {2}it is missing[^]*restore-key --kit FILE/);

  const other = writeRecoveryKit(newRootKey(), { organisation: 'Other', createdAt: new Date() });
  await writeFile(at('other.txt'), other);
  const wrong = await run('restore-key', '--kit', at('other.txt'));
  assert.equal(wrong.code, 3);
  assert.match(wrong.err, /this database belongs to another one/);
  const mistyped = readFileSync(at('kit.txt'), 'utf8').replace(/(K2\s+)(.)/, (_, head: string, letter: string) => head + (letter === '7' ? '8' : '7'));
  await writeFile(at('mistyped.txt'), mistyped);
  assert.match((await run('restore-key', '--kit', at('mistyped.txt'))).err, /line K2 is missing, double or mistyped/);
  await assert.rejects(stat(keyfile), { code: 'ENOENT' }, 'neither has written anything');

  await writeFile(keyfile, 'cut short', { mode: 0o600 });
  assert.match((await run('restore-key', '--kit', at('kit.txt'))).err, /a file that does not open lies at \S+\nMove it away first/);
  assert.equal(readFileSync(keyfile, 'utf8'), 'cut short');
  await rm(keyfile);
  const nowhere = await createRun({ ...env(), UNDERSEAL_DATA: at('nowhere') })('restore-key', '--kit', at('kit.txt'));
  assert.match(nowhere.err, /holds none[^]*same UNDERSEAL_DATA[^]*underseal restore BACKUP/);

  // The database rests, and the lines were typed from paper.
  const typed = readFileSync(at('kit.txt'), 'utf8').match(/^ *K\d .*/gm)!;
  await writeFile(at('typed.txt'), typed.join('\n').toLowerCase());
  const restored = await run('restore-key', '--kit', at('typed.txt'));
  assert.equal(restored.code, 0, restored.err);
  assert.equal(readFileSync(keyfile, 'utf8'), before);
  assert.equal((await stat(keyfile)).mode & 0o777, 0o600);
  server = await start();
  assert.equal((await login()).code, 0);
  await server.close();
  server = undefined;

  // A forgotten passphrase is mended alike: the kit is kept under a new one.
  await rm(keyfile);
  await writeFile(at('phrase'), 'a phrase of more than sixteen letters\n', { mode: 0o600 });
  const sealed = await createRun({ ...env(), UNDERSEAL_PASSPHRASE_FILE: at('phrase') })('restore-key', '--kit', at('kit.txt'));
  assert.equal(sealed.code, 0, sealed.err);
  assert.ok((await stat(path.join(data, 'root.sealed'))).size > 0);
});
