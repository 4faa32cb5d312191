import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { startServer } from '#apps/server/server.ts';
import { readConfig } from './config.ts';
import { createHttp } from './http.ts';
import { createLog } from './log.ts';

const data = mkdtempSync(path.join(os.tmpdir(), 'underseal-http-'));
const dist = path.join(data, 'dist');
mkdirSync(path.join(dist, 'assets'), { recursive: true });
writeFileSync(path.join(dist, 'index.html'), '<!doctype html><script nonce="__CSP_NONCE__"></script>');
const server = await startServer({ config: readConfig({ UNDERSEAL_DATA: data, UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'silent' }), dist, say: () => undefined });
after(async () => {
  await server.close();
  rmSync(data, { recursive: true, force: true });
});
const origin = server.url;
const PASSWORD = 'four tall herons at noon';

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly json: Record<string, unknown> & { error?: { code: string; message: string } };
}
/** Over a socket, with just these headers: `fetch` would set and forbid some of its own. */
function send(method: string, where: string, headers: Record<string, string> = {}, body: string | Buffer | readonly Buffer[] = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(origin);
    // The path goes out as it is: a URL would be made straight first.
    const request = http.request({ hostname, port, path: where, method, headers: { host, ...headers }, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        let json = {};
        try {
          json = JSON.parse(text) as object;
        } catch {
          // Not every answer is JSON.
        }
        resolve({ status: answer.statusCode!, headers: answer.headers, body: text, json: json as Answer['json'] });
      });
    });
    request.on('error', reject);
    for (const piece of Array.isArray(body) ? (body as readonly Buffer[]) : [body as Buffer]) if (piece.length > 0) request.write(piece);
    request.end();
  });
}
const JSON_TYPE = { 'content-type': 'application/json' };
function call(name: string, input: unknown, headers: Record<string, string> = {}) {
  return send('POST', `/api/${name}`, { ...JSON_TYPE, ...headers }, typeof input === 'string' || Buffer.isBuffer(input) ? input : JSON.stringify(input));
}

const installed = await call(
  'people.install',
  {
    code: readFileSync(path.join(data, 'setup-code'), 'utf8').trim(),
    organisation: 'Halvorsen',
    name: 'Ann',
    email: 'ann@halvorsen.example',
    password: PASSWORD,
    kind: 'browser',
  },
  { origin },
);
const cookie = (installed.headers['set-cookie'] ?? [''])[0]!.split(';')[0]!;
const signed = await call('people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD, kind: 'command-line' });
const token = String(signed.json['sessionToken']);
const me = { authorization: `Bearer ${token}` };
const annId = String(signed.json['personId']);
const entering = (more: object) => ({ codeName: 'HTTP-ONE', title: 'A recipe', tier: 1, ownerId: annId, ...more });

describe('session cookie', () => {
  test('is HttpOnly, SameSite=Strict, for the whole host, ends, and its token is not told to the page', () => {
    assert.equal(installed.status, 200);
    const [line] = installed.headers['set-cookie']!;
    assert.match(line!, /^underseal_session=[\w-]+;/);
    for (const flag of [/; HttpOnly/i, /; SameSite=Strict/i, /; Path=\/(;|$)/i, /; Expires=/i]) assert.match(line!, flag);
    assert.doesNotMatch(line!, /Domain=/i);
    assert.equal(installed.json['sessionToken'], '');
    assert.equal(installed.headers['cache-control'], 'no-store');
  });

  test('a program is given its token and no cookie', () => {
    assert.equal(signed.headers['set-cookie'], undefined);
    assert.match(token, /^[\w-]{20,}$/);
  });

  test('signing out clears it, and the session is gone', async () => {
    const fresh = await call('people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD }, { origin });
    const own = fresh.headers['set-cookie']![0]!.split(';')[0]!;
    const out = await call('people.signOut', {}, { origin, cookie: own });
    assert.equal(out.status, 200);
    assert.match(out.headers['set-cookie']![0]!, /^underseal_session=;.*Expires=Thu, 01 Jan 1970/i);
    assert.equal((await call('people.me', {}, { origin, cookie: own })).status, 401);
  });
});

describe('who may send', () => {
  const cases: [string, Record<string, string>, number][] = [
    ['same origin', { origin }, 200],
    ['same origin by Sec-Fetch-Site', { 'sec-fetch-site': 'same-origin' }, 200],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['another scheme', { origin: origin.replace('http:', 'https:') }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }, 403],
    ['Sec-Fetch-Site none', { 'sec-fetch-site': 'none' }, 403],
    ['cross-site with an origin that is ours', { origin, 'sec-fetch-site': 'cross-site' }, 403],
    ['a cookie without proof of origin', {}, 403],
  ];
  for (const [name, headers, status] of cases) {
    test(`with the cookie: ${name} -> ${status}`, async () => {
      const answer = await call('people.me', {}, { cookie, ...headers });
      assert.equal(answer.status, status, answer.body);
      if (status === 403) assert.equal(answer.json.error!.code, 'platform.origin_foreign');
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    });
  }

  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0', '[::]']) {
    test(`host ${host} is not served`, async () => {
      for (const [method, where] of [
        ['POST', '/api/people.status'],
        ['GET', '/'],
        ['GET', '/openapi.json'],
      ] as const) {
        const answer = await send(method, where, { ...JSON_TYPE, host }, method === 'POST' ? '{}' : '');
        assert.deepEqual([answer.status, answer.json.error?.code], [403, 'platform.host_unknown']);
      }
    });
  }

  test('a preflight gets no leave', async () => {
    const answer = await send('OPTIONS', '/api/people.me', { origin: 'https://evil.example', 'access-control-request-method': 'POST' });
    assert.ok(answer.status >= 400);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });
});

describe('bodies', () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/jsonp', 'text/json', '']) {
    test(`content type "${type}" is refused`, async () => {
      const answer = await send('POST', '/api/people.me', { ...me, ...(type ? { 'content-type': type } : {}) }, '{}');
      assert.deepEqual([answer.status, answer.json.error?.code], [400, 'platform.json_only']);
    });
  }

  const bad: [string, string | Buffer][] = [
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"search":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
    ['an overlong slash', Buffer.concat([Buffer.from('{"search":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')])],
    ['UTF-16', Buffer.from('{"search":"x"}', 'utf16le')],
    ['cut off', '{"search":"x'],
    ['no JSON', 'search=x'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null inside', '{"search":null}'],
    ['an unknown key', '{"surprise":1}'],
    ['nested deep', `{"search":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['half a character', '{"search":"\\ud800"}'],
  ];
  for (const [name, body] of bad) {
    test(`${name} is invalid`, async () => {
      const answer = await call('register.list', body, me);
      assert.equal(answer.status, 400, answer.body);
      assert.doesNotMatch(answer.body, /surprise/);
    });
  }

  test('__proto__ and constructor change nothing', async () => {
    const answer = await call('register.list', '{"__proto__":{"limit":1,"polluted":true},"limit":5}', me);
    assert.equal(answer.status, 200, answer.body);
    assert.equal((await call('register.list', '{"constructor":{"prototype":{"polluted":true}}}', me)).status, 400);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  test('a body over the limit is too large, told or not', async () => {
    const large = Buffer.from(JSON.stringify({ search: 'x'.repeat(1 << 20) }));
    const told = await call('register.list', large, { ...me, 'content-length': String(large.length) });
    assert.deepEqual([told.status, told.json.error?.code], [413, 'platform.too_large']);
    const chunked = await send('POST', '/api/register.list', { ...JSON_TYPE, ...me, 'transfer-encoding': 'chunked' }, large).catch((error: Error) => error);
    if (!(chunked instanceof Error)) assert.equal(chunked.status, 413);
  });

  test('a title of 100,000 characters is invalid and is not quoted', async () => {
    const answer = await call('register.enter', entering({ title: 'swordfish '.repeat(10_000) }), me);
    assert.equal(answer.status, 400);
    assert.ok(answer.body.length < 1000 && !answer.body.includes('swordfish'));
  });

  for (const [i, title] of ['with \u0000 in it', 'abc\u202egpj.exe\u2066', '👩‍👩‍👧‍👦 é é', '<script>alert(1)</script>', "'; drop table x; --"].entries()) {
    test(`title ${JSON.stringify(title)} comes back as it went in, or is refused`, async () => {
      const answer = await call('register.enter', entering({ codeName: `TITLE-${i}`, title }), me);
      if (answer.status === 400) return;
      assert.equal(answer.status, 200, answer.body);
      const shown = await call('register.show', { secretId: answer.json['secretId'] }, me);
      assert.equal(shown.json['title'], title);
      assert.match(shown.headers['content-type']!, /^application\/json/);
    });
  }

  test('an act repeated by its key is done once; the key serves nothing else', async () => {
    const key = { ...me, 'idempotency-key': 'one-and-the-same' };
    const [one, two] = await Promise.all([
      call('register.enter', entering({ codeName: 'ONCE' }), key),
      call('register.enter', entering({ codeName: 'ONCE' }), key),
    ]);
    assert.deepEqual([one.status, two.status], [200, 200], one.body + two.body);
    assert.equal(one.json['secretId'], two.json['secretId']);
    const other = await call('register.enter', entering({ codeName: 'OTHER' }), key);
    assert.deepEqual([other.status, other.json.error?.code], [409, 'platform.key_reused']);
    assert.equal((await call('register.enter', entering({ codeName: 'SHORT' }), { ...me, 'idempotency-key': 'short' })).json.error?.code, 'platform.key_wrong');
  });
});

describe('answers', () => {
  test('an unknown path is missing, whatever its method', async () => {
    for (const [method, where] of [
      ['POST', '/api/register.nothing'],
      ['POST', '/api/'],
      ['GET', '/api/register.list'],
      ['GET', '/api/../etc/passwd'],
      ['DELETE', '/api/register.list'],
      ['GET', '/assets/../index.html'],
      ['GET', '/.env'],
      ['GET', '/bytes/short'],
    ] as const) {
      const answer = await send(method, where, method === 'POST' ? { ...JSON_TYPE, ...me } : me, method === 'POST' ? '{}' : '');
      assert.deepEqual([answer.status, answer.json.error?.code], [404, 'platform.path_missing'], `${method} ${where}`);
    }
  });

  test('every answer has a strict policy; the page runs by this answer’s nonce alone', async () => {
    const nonces = new Set<string>();
    for (const [where, headers] of [
      ['/', {}],
      ['/secrets', {}],
      ['/api/none', {}],
      ['/openapi.json', {}],
      ['/healthz', {}],
      ['/', { host: 'evil.example' }],
    ] as const) {
      const answer = await send('GET', where, headers);
      const policy = String(answer.headers['content-security-policy']);
      const nonce = /script-src 'self' 'nonce-([A-Za-z0-9+/=]{22,})'/.exec(policy)?.[1];
      assert.ok(nonce, `${where}: ${policy}`);
      nonces.add(nonce);
      assert.match(policy, /default-src 'none'/);
      for (const directive of ["base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"]) assert.ok(policy.includes(directive), directive);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
      if (answer.headers['content-type']?.startsWith('text/html')) assert.ok(answer.body.includes(`nonce="${nonce}"`) && !answer.body.includes('__CSP'));
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['x-frame-options'], 'DENY');
      assert.equal(answer.headers['referrer-policy'], 'no-referrer');
      assert.equal(answer.headers['x-powered-by'], undefined);
    }
    assert.equal(nonces.size, 6);
  });

  test('/openapi.json describes every operation in OpenAPI 3.1', async () => {
    const { json } = await send('GET', '/openapi.json');
    const document = json as unknown as {
      openapi: string;
      paths: Record<string, { post: { operationId: string; requestBody: object; responses: object } }>;
      components: object;
    };
    assert.match(document.openapi, /^3\.1\./);
    assert.deepEqual(Object.keys(document.paths).sort(), [...server.house.operations.keys()].map((name) => `/api/${name}`).sort());
    for (const [where, { post }] of Object.entries(document.paths)) {
      assert.equal(`/api/${post.operationId}`, where);
      assert.ok(post.requestBody && '200' in post.responses && '404' in post.responses);
    }
    const names: string[] = [];
    JSON.stringify(document, (key, value: unknown) => (key === '$ref' ? (names.push(String(value)), value) : value));
    for (const name of names)
      assert.ok(
        name
          .slice(2)
          .split('/')
          .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document),
        name,
      );
  });

  test('metrics are for operators; health is for all and tells nothing', async () => {
    assert.equal((await send('GET', '/metrics')).status, 404);
    assert.match((await send('GET', '/metrics', me)).body, /underseal_operation_seconds/);
    assert.deepEqual((await send('GET', '/healthz')).json, { ok: true });
    assert.equal((await send('GET', '/readyz')).json['ready'], true);
  });
});

describe('bytes', () => {
  const content = Buffer.from('Hold the part at 121 degrees for 95 minutes. '.repeat(5000));
  const digest = createHash('sha256').update(content).digest('hex');
  const octets = { ...me, 'content-type': 'application/octet-stream' };
  let secrets = 0;
  // A secret for each: the same bytes are kept once in one.
  const begin = async (bytes = content.length) => {
    const { secretId } = (await call('register.enter', entering({ codeName: `BYTES-${secrets++}` }), me)).json;
    const answer = await call('vault.begin', { secretId, name: 'recipe "1"\r\n.txt', bytes }, me);
    assert.equal(answer.status, 200, answer.body);
    return answer.json as unknown as { uploadId: string; put: { url: string } };
  };
  const resume = async (uploadId: string) => (await call('vault.resume', { uploadId }, me)).json as unknown as { offset: number; put: { url: string } };
  const finish = (uploadId: string, sha256 = digest) => call('vault.finish', { uploadId, digest: sha256 }, me);

  test('a document goes in and comes out, as an attachment that no browser shows', async () => {
    const { uploadId, put } = await begin();
    assert.equal((await send('PUT', put.url, octets, content)).status, 200);
    assert.deepEqual((await finish(uploadId, 'a'.repeat(64))).json.error?.code, 'vault.digest_differs');
    const done = await finish(uploadId);
    assert.equal(done.status, 200, done.body);
    const { versionId } = done.json;
    const byPassword = await call('vault.open', { versionId }, me);
    assert.deepEqual([byPassword.status, byPassword.json.error?.code], [403, 'platform.factor_needed'], 'a command line needs a second factor for content');
    const open = await call('vault.open', { versionId }, { origin, cookie });
    const { url } = open.json['get'] as { url: string };
    assert.equal((await send('GET', url)).status, 404, 'a stranger has nothing of it');
    assert.equal((await send('GET', url, me)).status, 404, 'another session of the same person neither');
    const got = await send('GET', url, { cookie });
    assert.deepEqual([got.status, got.body === content.toString()], [200, true]);
    assert.match(String(got.headers['content-disposition']), /^attachment; filename\*=UTF-8''[\w%.-]+$/);
    assert.match(String(got.headers['content-security-policy']), /sandbox/);
    assert.deepEqual([got.headers['content-type'], got.headers['cache-control']], ['application/octet-stream', 'no-store']);
    assert.equal((await send('GET', url, { cookie })).status, 404, 'spent');
  });

  test('a spent, an invented and a foreign ticket are the same, and none takes the other’s turn', async () => {
    const { put } = await begin();
    const foreign = await send('PUT', put.url, { 'content-type': 'application/octet-stream' }, content);
    const spentOne = await send('PUT', put.url, octets, content).then(() => send('PUT', put.url, octets, content));
    const invented = await send('PUT', `/bytes/${'A'.repeat(43)}`, octets, content);
    for (const answer of [foreign, spentOne, invented]) assert.deepEqual([answer.status, answer.json.error?.code], [404, 'platform.ticket_missing']);
    const { put: again } = await begin();
    assert.equal((await send('GET', again.url, me)).status, 404, 'a ticket to send is none to fetch');
  });

  test('a body of another kind is refused before it is read, however large it says it is', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']) {
      const status = await new Promise<number>((resolve, reject) => {
        const headers = { 'content-length': '1000000000', ...(type === '' ? {} : { 'content-type': type }) };
        const request = http.request(new URL(`/bytes/${'A'.repeat(43)}`, origin), { method: 'PUT', headers, agent: false }, (answer) => {
          resolve(answer.statusCode!);
          request.destroy();
        });
        request.on('error', reject);
        // The rest never comes: who waits for it does not answer.
        request.write('x'.repeat(1000));
      });
      assert.ok(status === 400 || status === 415, `${type}: ${status}`);
    }
  });

  test('an upload cut off goes on where it is durable', async () => {
    const { uploadId, put } = await begin();
    await new Promise<void>((resolve) => {
      const request = http.request(new URL(put.url, origin), { method: 'PUT', headers: { ...octets, 'content-length': String(content.length) }, agent: false });
      request.on('error', () => resolve());
      request.on('close', () => resolve());
      request.write(content.subarray(0, 150_000), () => request.destroy());
    });
    assert.equal((await finish(uploadId)).json.error?.code, 'vault.upload_unfinished');
    let next = await resume(uploadId);
    assert.ok(next.offset >= 0 && next.offset <= 150_000);
    // The broken connection may still be draining.
    let answer: Answer;
    do {
      answer = await send('PUT', next.put.url, { ...octets, 'upload-offset': String(next.offset) }, content.subarray(next.offset));
      if (answer.status !== 200) next = await resume(uploadId);
    } while (answer.status === 409);
    assert.equal(answer.status, 200, answer.body);
    assert.equal((await finish(uploadId)).status, 200);
  });

  test('wrong offsets, too few and too many bytes are refused, and spoil nothing', async () => {
    const { uploadId, put } = await begin();
    const offsets = ['1', '-1', '1e3', 'NaN', 'x', '99999999999999999999'];
    let url = put.url;
    for (const offset of offsets) {
      const answer = await send('PUT', url, { ...octets, 'upload-offset': offset }, content);
      assert.deepEqual([answer.status, answer.json.error?.code], [409, 'vault.offset_differs'], offset);
      ({
        put: { url },
      } = await resume(uploadId));
    }
    const short = await send('PUT', url, octets, content.subarray(0, 10));
    assert.equal(short.status, 200, short.body);
    assert.equal((await finish(uploadId)).json.error?.code, 'vault.upload_unfinished');
    const { uploadId: other, put: second } = await begin(100);
    const many = await send('PUT', second.url, octets, content).catch(() => undefined);
    if (many) assert.equal(many.json.error?.code, 'vault.too_many_bytes');
    assert.notEqual((await finish(other)).status, 200);
  });

  test('of two who finish at once one does, and the document has one version', async () => {
    const { uploadId, put } = await begin();
    await send('PUT', put.url, octets, content);
    const answers = await Promise.all([finish(uploadId), finish(uploadId)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    const documentId = answers.find(({ status }) => status === 200)!.json['documentId'];
    const versions = await call('vault.versions', { documentId }, me);
    assert.equal((versions.json['items'] as unknown[]).length, 1);
  });

  test('form bodies do not reach the byte door', async () => {
    const { put } = await begin();
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json'])
      assert.equal((await send('PUT', put.url, { ...me, 'content-type': type }, '{}')).status, 400);
    assert.equal((await send('PUT', put.url, { ...octets, origin: 'https://evil.example' }, content)).status, 403);
  });
});

describe('/api/live', () => {
  test('a stranger hears nothing', async () => {
    assert.equal((await send('GET', '/api/live')).status, 401);
  });

  test('tells only what the listener may know, and never content', async () => {
    const invited = await call('people.invite', { email: 'bob@halvorsen.example', name: 'Bob', roles: ['employee'] }, me);
    const code = String(invited.json['url']).split('#')[1]!;
    const joined = await call('people.accept', { code, password: 'seven quiet otters swim', kind: 'command-line' });
    assert.equal(joined.status, 200, joined.body);
    const bob = { authorization: `Bearer ${String(joined.json['sessionToken'])}` };
    const [mine, his] = [await listen(me), await listen(bob)];
    const { json } = await call('register.enter', entering({ codeName: 'LIVE', title: 'Heron soup' }), me);
    const secretId = String(json['secretId']);
    await mine.until((text) => text.includes(secretId));
    // A thing that he may know of comes after what he may not: had it been told, it would have come first.
    const bobId = String(joined.json['personId']);
    await call('access.grant', { secretId, personId: bobId, reason: 'Cooks it every day', until: '2099-01-01T00:00:00.000Z' }, me);
    await his.until((text) => text.includes('access.granted'));
    assert.ok(!his.text().includes('register.entered'), his.text());
    assert.doesNotMatch(mine.text() + his.text(), /Heron|LIVE/);
    for (const line of mine
      .text()
      .split('\n')
      .filter((part) => part.startsWith('data: ')))
      assert.deepEqual(Object.keys(JSON.parse(line.slice(6)) as object).sort(), ['id', 'topic']);
    mine.close();
    his.close();
  });

  /** Bo joins, and listens in a session that another act may end. */
  const joins = async (name: string) => {
    const email = `${name}@halvorsen.example`;
    const invited = await call('people.invite', { email, name, roles: ['employee'] }, me);
    const joined = await call('people.accept', { code: String(invited.json['url']).split('#')[1]!, password: PASSWORD, kind: 'command-line' });
    const personId = String(joined.json['personId']);
    const session = { authorization: `Bearer ${String(joined.json['sessionToken'])}` };
    const { json } = await call('people.me', {}, session);
    return { personId, email, session, sessionId: (json['session'] as { id: string }).id, stream: await listen(session) };
  };
  const signIn = async (email: string) => {
    const again = await call('people.signIn', { email, password: PASSWORD, kind: 'command-line' });
    assert.equal(again.status, 200, again.body);
    return { authorization: `Bearer ${String(again.json['sessionToken'])}` };
  };
  const endings: [string, (who: Awaited<ReturnType<typeof joins>>) => Promise<Answer>][] = [
    ['signs out', ({ session }) => call('people.signOut', {}, session)],
    ['ends the session from another', async ({ email, sessionId }) => call('people.endSession', { sessionId }, await signIn(email))],
    [
      'changes the password elsewhere',
      async ({ email }) => call('people.changePassword', { present: PASSWORD, password: 'nine loud geese at dusk' }, await signIn(email)),
    ],
    ['leaves', ({ personId }) => call('people.leave', { personId, reason: 'Moves to another town' }, me)],
  ];
  for (const [i, [name, ends]] of endings.entries()) {
    test(`whoever ${name} hears no more, at once; others do`, async () => {
      const mine = await listen(me);
      const who = await joins(`bo${i}`);
      const done = await ends(who);
      assert.equal(done.status, 200, done.body);
      await who.stream.ended;
      assert.equal((await send('GET', '/api/live', who.session)).status, 401);
      const { json } = await call('register.enter', entering({ codeName: `STILL-${i}` }), me);
      await mine.until((text) => text.includes(String(json['secretId'])));
      mine.close();
    });
  }

  test('a page that listens is no use of its session', async () => {
    const fresh = await signIn('ann@halvorsen.example');
    const { db } = server.house.services;
    const seen = () => db.selectFrom('people_session').select(['id', 'seen_at']).orderBy('started_at', 'desc').executeTakeFirstOrThrow();
    const before = await seen();
    const long = new Date(before.seen_at.getTime() - 30 * 60_000);
    await db.updateTable('people_session').set({ seen_at: long }).where('id', '=', before.id).execute();
    const stream = await listen(fresh);
    // The entry is about her: her sessions are looked at.
    await call('register.enter', entering({ codeName: 'QUIET' }), me);
    await stream.until((text) => text.includes('register.entered'));
    assert.deepEqual(await seen(), { id: before.id, seen_at: long });
    assert.equal((await call('people.me', {}, fresh)).status, 200);
    assert.ok((await seen()).seen_at > long, 'a read is');
    stream.close();
  });
});

async function listen(headers: Record<string, string>) {
  let text = '';
  const request = http.get(new URL('/api/live', origin), { headers, agent: false });
  const answer = await new Promise<http.IncomingMessage>((resolve, reject) => request.on('response', resolve).on('error', reject));
  assert.equal(answer.statusCode, 200);
  request.on('error', () => undefined);
  answer.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => answer.on('end', resolve));
  let changed = () => undefined as void;
  answer.on('data', (piece: Buffer) => {
    text += piece.toString();
    changed();
  });
  return {
    text: () => text,
    ended,
    until: (holds: (text: string) => boolean) =>
      new Promise<void>((resolve) => {
        changed = () => {
          if (holds(text)) resolve();
        };
        changed();
      }),
    close: () => request.destroy(),
  };
}

test('the page of the API names every operation, runs no script, and asks nothing from outside', async () => {
  const page = await send('GET', '/openapi');
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  for (const name of server.house.operations.keys()) assert.ok(page.body.includes(`POST /api/${name}<`), name);
  assert.doesNotMatch(page.body, /<script|<img|https?:/);
  const nonce = /<style nonce="([^"]+)"/.exec(page.body)![1]!;
  assert.ok(String(page.headers['content-security-policy']).includes(`'nonce-${nonce}'`));
});

test('for what is the same for everybody, or is not there, nobody is looked up', async () => {
  let asked = 0;
  const nobody = () => Promise.resolve(void asked++ as undefined);
  const { run, operations, live } = server.house;
  const app = await createHttp({
    run,
    operations,
    live,
    authenticate: { byCookie: nobody, byBearer: nobody },
    cookieOf: () => undefined,
    bytes: { put: nobody, get: nobody } as never,
    log: createLog('silent'),
    allowedHosts: [],
    trustedProxies: [],
    tls: undefined,
    isReady: async () => ({ ready: true, parts: {} }),
    measure: async () => ({ parked: 0, freeBytes: null }),
    isInstalled: async () => true,
  } as never);
  try {
    const headers = { host: '127.0.0.1', cookie: `underseal_session=${'x'.repeat(43)}` };
    for (const url of ['/nope', '/api/nope.nothing', '/healthz', '/readyz', '/openapi.json', '/assets/x.js', '/bytesize']) await app.inject({ url, headers });
    assert.equal(asked, 0);
    await app.inject({ method: 'POST', url: '/api/people.me', headers: { ...headers, ...JSON_TYPE, 'sec-fetch-site': 'same-origin' }, payload: '{}' });
    await app.inject({ url: '/metrics', headers });
    assert.equal(asked, 2);
  } finally {
    await app.close();
  }
});
