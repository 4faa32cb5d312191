import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, glob, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { zipOf } from '@underseal/extract/testing';
import { startServer } from '#apps/server/server.ts';
import { readConfig } from '#platform/server/config.ts';
import { createRun } from './testing.ts';

const SECRET = `Above the second plateau the load is held for the time that the binder fraction demands, not for a fixed period; the endpoint is the inflection of the mass signal and never the clock.
On cooling, the gas is changed below the second plateau, before the shrinkage curve flattens out, which keeps the separator free of the cracks that every competitor still sees.`;
const OTHER =
  'The canteen will be closed on Thursday and Friday of next week. Please bring your own lunch, and remember to clear the shelves of the refrigerator.';
const ELEMENT =
  'The ramp between the stages follows the square root of the remaining binder, taken from the furnace balance each minute and never from the oven.';
const PASSWORD = 'seven grey herons wait';
const EMAIL = 'ines@halvorsen.example';

test('the command line', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'underseal-cli-'));
  await chmod(folder, 0o711);
  const data = path.join(folder, 'data');
  const config = readConfig({ UNDERSEAL_DATA: data, UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'silent' });
  const server = await startServer({ config, dist: undefined, say: () => undefined });
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const at = (name: string) => path.join(folder, name);
  const env = { UNDERSEAL_URL: server.url, UNDERSEAL_DATA: data, UNDERSEAL_SESSION_FILE: at('session.json'), UNDERSEAL_LOG: 'silent' };
  const run = createRun(env);
  await writeFile(at('password'), `${PASSWORD}\n`, { mode: 0o600 });
  await writeFile(at('schedule.txt'), SECRET);
  await writeFile(at('element.txt'), ELEMENT);
  await writeFile(at('other.txt'), OTHER);
  await writeFile(at('empty.txt'), '');
  // Begins like a zip and ends at once.
  await writeFile(at('broken.zip'), Buffer.from('504b0304140000000800', 'hex'));

  await t.test('setup reads the code from the data folder and writes the kit for its owner alone, once', async () => {
    const kit = at('kit.txt');
    const setUp = [
      'setup',
      '--organisation',
      'Halvorsen',
      '--email',
      EMAIL,
      '--name',
      'Ines Tamarit',
      '--password-file',
      at('password'),
      '--kit',
      kit,
      '--json',
    ];
    const weak = at('weak');
    await writeFile(weak, 'password1234', { mode: 0o600 });
    const refused = await run(...setUp.map((word) => (word === at('password') ? weak : word)));
    assert.equal(refused.code, 3);
    assert.equal(refused.lines()[0]!['error']!['code'], 'people.password_weak');
    assert.doesNotMatch(refused.err + refused.out, /password1234/);
    await assert.rejects(stat(kit), { code: 'ENOENT' });

    const done = await run(...setUp);
    assert.equal(done.code, 0, done.err);
    assert.match(await readFile(kit, 'utf8'), /^UNDERSEAL RECOVERY KIT/);
    assert.equal((await stat(kit)).mode & 0o777, 0o600);
    assert.equal((await stat(env.UNDERSEAL_SESSION_FILE)).mode & 0o777, 0o600);
    assert.equal(done.lines()[0]!['kit'], kit);
    await assert.rejects(stat(path.join(data, 'setup-code')), { code: 'ENOENT' }, 'the code was used, and does not stay');
    const before = await readFile(kit, 'utf8');
    assert.equal((await run(...setUp)).code, 3);
    assert.equal(await readFile(kit, 'utf8'), before);
    const again = await run(...setUp.map((word) => (word === kit ? at('kit2.txt') : word)), '--code', 'x'.repeat(24));
    assert.equal(again.lines()[0]!['error']!['code'], 'people.already_installed');
    assert.ok(!(await readdir(folder)).includes('kit2.txt'));
  });

  await t.test('login takes the password from stdin, keeps a session, and logout ends it', async () => {
    assert.equal((await run('logout', '--json')).lines()[0]!['ended'], true);
    assert.equal((await run('token', 'list')).code, 3);
    const wrong = await createRun(env, { stdin: 'not the password at all' })('login', '--email', EMAIL, '--password-file', '-');
    assert.equal(wrong.code, 3);
    assert.doesNotMatch(wrong.err + wrong.out, /not the password/);
    const right = await createRun(env, { stdin: `${PASSWORD}\n` })('login', '--email', EMAIL, '--password-file', '-', '--json');
    assert.equal(right.code, 0, right.err);
    assert.equal(right.lines()[0]!['session'], env.UNDERSEAL_SESSION_FILE);
    await chmod(env.UNDERSEAL_SESSION_FILE, 0o644);
    assert.match((await run('token', 'list')).err, /other users may read it/);
    await chmod(env.UNDERSEAL_SESSION_FILE, 0o600);
  });

  let registered: { secret: string; documents: { document: string; path: string; fingerprint: string; reason?: string }[] };
  await t.test('register stores documents and elements and answers once they can be matched', async () => {
    const missing = await run('register', 'KESTREL', '--title', 'Firing', '--tier', '3', '--file', at('schedule.txt'), at('nowhere.txt'));
    assert.equal(missing.code, 3);
    assert.match(missing.err, /nowhere\.txt": there is no such file/);
    const done = await run(
      'register',
      'KESTREL',
      '--title',
      'Firing schedule',
      '--tier',
      '3',
      '--contributor',
      'Ola Nordmann',
      '--file',
      at('schedule.txt'),
      '--contributor',
      'Lind, Una',
      '--file',
      at('empty.txt'),
      '--element',
      `Ramp=${at('element.txt')}`,
    );
    assert.equal(done.code, 0, done.err);
    [registered] = done.lines() as never as [typeof registered];
    assert.deepEqual(Object.keys(registered), ['secret', 'documents']);
    assert.match(registered.secret, /^sec_/);
    assert.deepEqual(
      registered.documents.map(({ path: from, fingerprint }) => [from, fingerprint]),
      [
        [at('schedule.txt'), 'ready'],
        [at('empty.txt'), 'empty'],
      ],
    );
    const { house } = server;
    const { id } = await house.services.db.selectFrom('people_person').select('id').executeTakeFirstOrThrow();
    const ines = { kind: 'person', id, permissions: new Set(['register:list']), address: '127.0.0.1' } as const;
    const sheet = (await house.run('register.show', ines, { secretId: registered.secret })) as { contributors: string[] };
    assert.deepEqual(sheet.contributors, ['Ola Nordmann', 'Lind, Una']);
    const wrong = await run('register', 'not a code name', '--title', 'T', '--tier', '1', '--json');
    assert.deepEqual([wrong.code, wrong.lines()[0]!['error']!['kind']], [3, 'invalid']);
    assert.equal((await run('register', 'X1', '--title', 'T', '--tier', '4')).code, 3);
  });

  await t.test('check tells each file on a line of its own, and the worst by its exit code', async () => {
    await writeFile(at('leak.txt'), `${OTHER}\n\n${SECRET.slice(0, 180)}\n\n${OTHER} ${ELEMENT}`);
    const clear = await run('check', at('other.txt'), at('empty.txt'));
    assert.equal(clear.code, 0, clear.err);
    assert.deepEqual(
      clear.lines(),
      [at('other.txt'), at('empty.txt')].map((from) => ({ path: from, verdict: 'clear', action: 'allow', matches: [] })),
    );
    const unread = await run('check', at('other.txt'), at('broken.zip'));
    assert.equal(unread.code, 2);
    assert.deepEqual(unread.lines()[1], { path: at('broken.zip'), verdict: 'not-inspected', action: 'block', matches: [], reason: 'broken' });
    const match = await run('check', '--json', at('broken.zip'), at('leak.txt'));
    assert.equal(match.code, 1);
    const leak = match.lines()[1] as never as {
      verdict: string;
      action: string;
      matches: { secret: string; document: string; codeName: string; title: string; element?: number; passages: { from: number; to: number }[] }[];
    };
    assert.deepEqual([leak.verdict, leak.action], ['match', 'block']);
    const document = leak.matches.find((one) => one.document === registered.documents[0]!.document)!;
    // Promised to scripts in this spelling; what the caller may know besides comes after.
    assert.deepEqual(Object.keys(document), ['secret', 'document', 'tier', 'channel', 'confidence', 'characters', 'passages', 'codeName', 'title']);
    assert.deepEqual([document['codeName'], document['title']], ['KESTREL', 'schedule.txt']);
    assert.equal(document.secret, registered.secret);
    assert.deepEqual(Object.keys(document.passages[0]!), ['from', 'to']);
    assert.ok(document.passages[0]!.from >= OTHER.length - 16);
    assert.deepEqual(leak.matches.map((one) => one.element).filter(Boolean), [1]);
  });

  await t.test('check reads stdin, and a terminal gets lines for people', async () => {
    const piped = await createRun(env, { stdin: SECRET })('check', '-');
    assert.deepEqual([piped.code, piped.lines()[0]!['path'], piped.lines()[0]!['verdict']], [1, '-', 'match']);
    assert.equal((await createRun(env, { stdin: OTHER })('check')).code, 0);
    const shown = await createRun(env, { terminal: true })('check', at('schedule.txt'));
    assert.match(
      shown.out,
      /schedule\.txt: match, block, case C-\w{8}\n {2}KESTREL \(tier 3, sec_\w+\): "schedule\.txt"\n {4}this is the registered file, whole: \d+ characters\n$/,
    );
    const copied = await createRun(env, { terminal: true, stdin: `${SECRET} ` })('check', '-');
    assert.match(copied.out, /^-: match, block, case C-\w{8}\n {2}KESTREL[^\n]+"schedule\.txt"\n {4}likely, \d+ characters, at \d+-\d+\n$/);
    const [number] = /C-\w{8}/.exec(copied.out)!;
    const looked = await createRun(env, { terminal: true })('case', number.toLowerCase());
    assert.match(
      looked.out,
      /^C-\w{8}: match, block\n {2}asked for by [^\n]+, by the command line, at [^\n]+\n {2}KESTREL: "schedule\.txt": 1 passage, \d+ characters\n$/,
    );
    assert.deepEqual([looked.code, (await run('case', number)).lines()[0]!['case']], [0, number]);
    assert.match((await run('case', 'C-00000000')).err, /Cannot find case/);
    assert.match((await run('case', 'KESTREL')).err, /no case number/);
  });

  await t.test('a match in an archive or a mail names the member, and its passages are offsets into the text of that', async () => {
    await writeFile(at('two.zip'), zipOf({ 'drafts/lunch.txt': OTHER, 'drafts/copy.txt': `${OTHER} ${SECRET}` }));
    const { lines } = await run('check', '--json', at('two.zip'));
    const [match] = lines()[0]!['matches']! as unknown as { part: string[]; passages: { from: number; to: number }[] }[];
    assert.deepEqual(match!.part, ['drafts/copy.txt']);
    assert.equal(match!.passages.length, 1);
    assert.ok(match!.passages[0]!.from >= OTHER.length && match!.passages[0]!.to <= OTHER.length + 1 + SECRET.length);
    const shown = await createRun(env, { terminal: true })('check', at('two.zip'));
    assert.match(shown.out, /"schedule\.txt"\n {4}likely, \d+ characters in drafts\/copy\.txt, at /);
    await writeFile(at('letter.eml'), `From: a@b.example\r\nSubject: Kiln\r\nContent-Type: text/plain\r\n\r\n${SECRET}\r\n`);
    assert.match((await createRun(env, { terminal: true })('check', at('letter.eml'))).out, / in the mail’s text, at /);
  });

  await t.test('a program that may review is told ids and no names', async () => {
    const made = await run('token', 'create', '--name', 'reviewer', '--can', 'guard:inspect', 'guard:review', '--json');
    const program = createRun({ UNDERSEAL_URL: server.url, UNDERSEAL_TOKEN: made.lines()[0]!['token']!, UNDERSEAL_SESSION_FILE: at('none.json') });
    const { lines, out } = await program('check', at('schedule.txt'));
    assert.deepEqual(Object.keys(lines()[0]!['matches']![0]!), ['secret', 'document', 'tier', 'channel', 'confidence', 'characters', 'passages', 'whole']);
    assert.doesNotMatch(out, /KESTREL/);
  });

  await t.test('as a process it answers by exit code, and says nothing beside its lines in a pipe', async () => {
    const asProcess = async (...argv: string[]) => {
      const child = spawn(process.execPath, [path.resolve(import.meta.dirname, 'main.ts'), ...argv], {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child.stdin.end(OTHER);
      const [out, err] = [child.stdout.toArray(), child.stderr.toArray()];
      const [code] = (await once(child, 'close')) as [number];
      return { code, out: Buffer.concat(await out).toString(), err: Buffer.concat(await err).toString() };
    };
    const match = await asProcess('check', at('other.txt'), at('schedule.txt'));
    assert.deepEqual(
      [
        match.code,
        match.err,
        match.out
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { verdict: string }).verdict),
      ],
      [1, '', ['clear', 'match']],
    );
    assert.equal((await asProcess('check')).code, 0);
    assert.equal((await asProcess('check', at('nowhere.txt'))).code, 3);
    const mistyped = await asProcess('chek', '--json');
    assert.deepEqual([mistyped.code, (JSON.parse(mistyped.out) as { error: { kind: string } }).error.kind], [3, 'usage']);
    assert.equal((await asProcess('--help')).code, 0);
  });

  await t.test('a name that begins with a hyphen is a name behind two of them', async () => {
    await writeFile(at('-odd.txt'), OTHER);
    const { code, lines } = await run('check', '--json', '--', at('-odd.txt'), at('other.txt'));
    assert.deepEqual([code, lines().length], [0, 2]);
  });

  await t.test('a file above the limit is not sent, and not called clear', async () => {
    await writeFile(at('large.bin'), '');
    await truncate(at('large.bin'), 64 * 2 ** 20 + 1);
    const { code, lines } = await run('check', at('large.bin'));
    assert.equal(code, 2);
    assert.deepEqual(lines(), [{ path: at('large.bin'), verdict: 'not-inspected', action: 'block', matches: [], reason: 'too_large' }]);
  });

  await t.test('a token stands alone on stdout, inspects without being told of matches, and ends', async () => {
    const made = await run('token', 'create', '--name', 'mail gateway', '--can', 'guard:inspect');
    assert.equal(made.code, 0, made.err);
    const token = made.out.trim();
    assert.match(token, /^ust_\S+$/);
    assert.doesNotMatch(made.err, new RegExp(token));
    const program = createRun({ UNDERSEAL_URL: server.url, UNDERSEAL_TOKEN: token, UNDERSEAL_SESSION_FILE: at('none.json') });
    const checked = await program('check', at('schedule.txt'));
    assert.equal(checked.code, 1, checked.err);
    const [told] = checked.lines();
    assert.deepEqual(told!['matches'], []);
    assert.match(told!['case']!, /^C-/);
    assert.equal((await program('register', 'MERLIN', '--title', 'T', '--tier', '1')).code, 3);
    const listed = (await run('token', 'list', '--json')).lines().find((one) => one['name'] === 'mail gateway')!;
    assert.equal((await run('token', 'end', listed['id']!)).code, 0);
    const ended = await program('check', at('schedule.txt'), '--json');
    assert.deepEqual([ended.code, ended.lines()[0]!['error']!['kind']], [3, 'unauthenticated']);
    assert.equal((await run('token', 'create', '--name', 'x', '--can', 'vault:open')).code, 3);
    const long = await run('token', 'create', '--name', 'x', '--can', 'guard:inspect', '--days', '400');
    assert.deepEqual([long.code, long.out], [3, '']);
    assert.equal(long.err, 'Cannot make a token for 400 days: it is good for 1 to 366\nGive --days, and make a new one when it ends.\n');
  });

  await t.test('a program with a token registers for an owner', async () => {
    const made = await run('token', 'create', '--name', 'importer', '--can', 'register:enter', 'register:list', 'vault:store', '--json');
    const me = (await run('login', '--email', EMAIL, '--password-file', at('password'), '--json')).lines()[0]!['person']!;
    const program = createRun({ UNDERSEAL_URL: server.url, UNDERSEAL_TOKEN: made.lines()[0]!['token']!, UNDERSEAL_SESSION_FILE: at('none.json') });
    const done = await program('register', 'MERLIN', '--title', 'Second', '--tier', '1', '--owner', me, '--file', at('other.txt'));
    assert.equal(done.code, 0, done.err);
    assert.equal((done.lines()[0]!['documents']![0]! as Record<string, string>)['fingerprint'], 'ready');
  });

  await t.test('an upload whose connection breaks is taken up where it broke', async () => {
    const large = Buffer.alloc(6 * 2 ** 20);
    for (let i = 0; i < large.length; i += 64) large.write(`line ${i} of a long document that nobody has read, in so many words\n`.slice(0, 64), i);
    await writeFile(at('large.txt'), large);
    const proxy = await startBreaking(server.url);
    try {
      const env2 = { ...env, UNDERSEAL_URL: proxy.url, UNDERSEAL_SESSION_FILE: at('session2.json') };
      const through = createRun(env2);
      assert.equal((await through('login', '--email', EMAIL, '--password-file', at('password'))).code, 0);
      const done = await through('register', 'GANNET', '--title', 'Long', '--tier', '2', '--file', at('large.txt'));
      assert.equal(done.code, 0, done.err);
      assert.equal(proxy.broken(), 1);
      assert.equal((done.lines()[0]!['documents']![0]! as Record<string, string>)['fingerprint'], 'ready');
    } finally {
      await proxy.close();
    }
  });

  await t.test('what is asked of a wrong place is said in words, without a stack', async () => {
    for (const [url, words] of [
      ['http://127.0.0.1:9', /Cannot reach http:\/\/127\.0\.0\.1:9/],
      ['http://secrets.example.com', /http is not encrypted/],
      ['ftp://127.0.0.1', /give it as https/],
      ['https://user:geheim@127.0.0.1', /user name or password/],
    ] as const) {
      const { code, err } = await run('check', at('other.txt'), '--server', url);
      assert.equal(code, 3);
      assert.match(err, words);
      assert.doesNotMatch(err, /\n\s+at |geheim/);
    }
    const elsewhere = await run('token', 'list', '--server', server.url.replace('127.0.0.1', 'localhost'));
    assert.equal(elsewhere.code, 3, 'a session is for its own server alone');
  });

  await t.test('doctor finds all well here, and says what is not', async () => {
    const well = await run('doctor', '--json');
    assert.equal(well.lines().filter((finding) => finding['state'] === 'fail').length, 0, well.out);
    assert.deepEqual(
      well.lines().map((finding) => finding['check']),
      ['node', 'settings', 'disk', 'root-key', 'database', 'web', 'server', 'ready', 'set-up', 'clock'],
    );
    assert.equal(well.code, 0);
    await chmod(path.join(data, 'root.key'), 0o644);
    const ill = await run('doctor', '--json');
    assert.equal(ill.code, 1);
    assert.deepEqual(
      ill
        .lines()
        .filter((finding) => finding['state'] === 'fail')
        .map((finding) => finding['check']),
      ['root-key'],
    );
    await chmod(path.join(data, 'root.key'), 0o600);
  });

  await t.test('doctor names a setting that is wrong', async () => {
    const { UNDERSEAL_URL: _url, ...here } = env;
    for (const [settings, words] of [
      [{ UNDERSEAL_PORT: '99999' }, /UNDERSEAL_PORT is no port: give a number from 1 to 65535/],
      [{ UNDERSEAL_FOO: 'x' }, /UNDERSEAL_FOO is not a setting/],
      [{ UNDERSEAL_PORT: '99999', UNDERSEAL_FOO: 'x' }, /UNDERSEAL_PORT is no port[^]*UNDERSEAL_FOO is not a setting/],
    ] as const) {
      const { code, lines, err } = await createRun({ ...here, ...settings })('doctor', '--json');
      assert.deepEqual([code, err], [1, '']);
      assert.deepEqual(
        lines().map((finding) => [finding['check'], finding['state']]),
        [
          ['node', 'ok'],
          ['settings', 'fail'],
        ],
      );
      assert.match(lines()[1]!['says']!, words);
      assert.doesNotMatch(lines()[1]!['says']!, /Cannot use server/);
    }
  });

  await t.test('recover lets somebody in again, on this machine alone, and who is signed out by it hears so', async () => {
    const next = at('next-password');
    await writeFile(next, 'four tall herons at noon\n', { mode: 0o600 });
    const recover = (...more: string[]) => run('recover', '--email', EMAIL, '--password-file', next, '--reason', 'Forgot it on holiday', ...more);
    assert.match((await run('recover', '--email', EMAIL, '--password-file', next, '--reason', 'so')).err, /say in a few words why/);
    assert.match((await run('recover', '--email', 'ghost@x.example', '--password-file', next, '--reason', 'so it is')).err, /Cannot find this mail address/);
    const elsewhere = await createRun({ ...env, UNDERSEAL_DATA: at('nowhere') })('recover', '--email', EMAIL, '--password-file', next, '--reason', 'so it is');
    assert.match(elsewhere.err, /holds none[^]*same UNDERSEAL_DATA/);
    const done = await recover('--json');
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(done.lines(), [{ email: EMAIL, inDoubt: false, app: false }]);
    assert.match((await run('token', 'list')).err, /your session has ended[^]*underseal login/);
    assert.equal((await run('login', '--email', EMAIL, '--password-file', at('password'))).code, 3);
    assert.equal((await run('login', '--email', EMAIL, '--password-file', next)).code, 0);
    // As it was, for what follows.
    assert.equal((await run('recover', '--email', EMAIL, '--password-file', at('password'), '--reason', 'The old one was found')).code, 0);
    assert.equal((await run('login', '--email', EMAIL, '--password-file', at('password'))).code, 0);
  });

  await t.test('a port in use is found before data and root key are made', async () => {
    const never = at('never');
    const port = Number(new URL(server.url).port);
    await assert.rejects(startServer({ config: { ...config, data: never, port }, dist: undefined, say: () => undefined }), {
      name: 'ConfigError',
      message: /UNDERSEAL_PORT \d+ is in use on 127\.0\.0\.1: stop what uses it, or choose another port/,
    });
    await assert.rejects(stat(never), { code: 'ENOENT' });
    await assert.rejects(startServer({ config: { ...config, data: never, host: '203.0.113.7' }, dist: undefined, say: () => undefined }), /UNDERSEAL_HOST/);
    await assert.rejects(stat(never), { code: 'ENOENT' });
    await assert.rejects(
      startServer({ config: { ...config, data: '/proc/x', port }, dist: undefined, say: () => undefined }),
      /2 settings are wrong[^]*UNDERSEAL_PORT \d+ is in use[^]*UNDERSEAL_DATA \/proc\/x cannot be made \(ENOENT\)/,
    );
    await assert.rejects(
      startServer({ config: { ...config, data: '/proc/x' }, dist: undefined, say: () => undefined }),
      /one setting is wrong[^]*UNDERSEAL_DATA/,
    );
  });

  await t.test('backup while the server runs, restore elsewhere, and go on there', async () => {
    const file = at('underseal.tar');
    const backedUp = await run('backup', '--out', file, '--json');
    assert.equal(backedUp.code, 0, backedUp.err);
    assert.equal((await run('backup', '--out', file)).code, 3);
    const elsewhere = path.join(folder, 'restored');
    const there = createRun({ ...env, UNDERSEAL_DATA: elsewhere });
    assert.equal((await createRun(env)('restore', file, '--kit', at('kit.txt'))).code, 3, 'never into the place in use');
    assert.equal((await there('restore', file, '--kit', at('password'))).code, 3);
    const restored = await there('restore', file, '--kit', at('kit.txt'), '--json');
    assert.equal(restored.code, 0, restored.err);
    assert.deepEqual(restored.lines()[0]!['root'], backedUp.lines()[0]!['ledger']!['root']);
    assert.match(restored.err, /byte for byte/);

    const second = await startServer({ config: { ...config, data: elsewhere }, dist: undefined, say: () => undefined });
    try {
      await second.house.settle();
      const again = createRun({ ...env, UNDERSEAL_URL: second.url, UNDERSEAL_SESSION_FILE: at('session3.json') });
      assert.equal((await again('login', '--email', EMAIL, '--password-file', at('password'))).code, 0);
      assert.equal((await again('check', at('schedule.txt'))).code, 1);
    } finally {
      await second.close();
    }
    // At rest, too: the embedded database is started for it.
    assert.equal((await there('recover', '--email', EMAIL, '--password-file', at('password'), '--reason', 'Nobody serves here now')).code, 0);
    const rest = await there('backup', '--out', at('rest.tar'), '--json');
    assert.equal(rest.code, 0, rest.err);
    assert.equal((await createRun({ ...env, UNDERSEAL_DATA: at('nothing') })('backup', '--out', at('nothing.tar'))).code, 3);
    // Without one stored document: all the rest is backed up, and restored where somebody says so.
    for await (const stored of glob(path.join(elsewhere, 'blobs', '*', '*'))) {
      await rm(stored);
      break;
    }
    const lacking = await there('backup', '--out', at('lacking.tar'), '--json');
    assert.equal(lacking.code, 1);
    assert.match(lacking.err, /INCOMPLETE[^]*doc_\w+, ver_\w+: its blob "\w+" is missing/);
    const third = createRun({ ...env, UNDERSEAL_DATA: path.join(folder, 'third') });
    const refused = await third('restore', at('lacking.tar'), '--kit', at('kit.txt'));
    assert.equal(refused.code, 3);
    assert.match(refused.err, /incomplete[^]*ver_\w+[^]*--incomplete/);
    const partial = await third('restore', at('lacking.tar'), '--kit', at('kit.txt'), '--incomplete', '--json');
    assert.equal(partial.code, 0, partial.err);
    assert.match(partial.err, /INCOMPLETE[^]*ver_/);
  });
});

/** Passes connections on; the first that has carried three megabytes to the server is cut. */
async function startBreaking(to: string): Promise<{ url: string; broken(): number; close(): Promise<void> }> {
  const { hostname, port } = new URL(to);
  const sockets = new Set<net.Socket>();
  let broken = 0;
  const proxy = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    let carried = 0;
    near.on('data', (bytes: Buffer) => {
      carried += bytes.length;
      if (broken > 0 || carried < 3 * 2 ** 20) return;
      broken++;
      near.destroy();
      far.destroy();
    });
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`,
    broken: () => broken,
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
