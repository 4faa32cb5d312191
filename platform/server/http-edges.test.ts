import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { startServer, type Server } from '#apps/server/server.ts';
import { readConfig } from './config.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'underseal-edges-'));
// The account that runs a database for root must reach what lies in it.
chmodSync(folder, 0o711);
const started: Server[] = [];
after(async () => {
  for (const server of started) await server.close();
  rmSync(folder, { recursive: true, force: true });
});
const PASSWORD = 'four tall herons at noon';

async function start(name: string, more: Record<string, string> = {}): Promise<Server> {
  const env = { UNDERSEAL_DATA: path.join(folder, name), UNDERSEAL_PORT: '0', UNDERSEAL_LOG: 'silent', ...more };
  const server = await startServer({ config: readConfig(env), dist: undefined, say: () => undefined });
  started.push(server);
  return server;
}
interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly json: Record<string, unknown> & { error?: { code: string } };
}
function call(url: string, name: string, input: unknown, { headers = {}, ...options }: https.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https') ? https.request : http.request;
    const request = send(`${url}/api/${name}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, ...options }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => (text += piece.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, json: JSON.parse(text) as Answer['json'] }));
    });
    request.on('error', reject);
    request.end(JSON.stringify(input));
  });
}
function install(url: string, name: string, options: https.RequestOptions = {}) {
  const code = readFileSync(path.join(folder, name, 'setup-code'), 'utf8').trim();
  const who = { organisation: 'Halvorsen', name: 'Ann', email: 'ann@halvorsen.example', password: PASSWORD };
  return call(url, 'people.install', { code, ...who, kind: 'browser' }, { ...options, headers: { origin: url } });
}

test('with a certificate it speaks TLS 1.2 or newer only, and its cookie is for TLS only', async () => {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const made = spawnSync('openssl', [...args, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  chmodSync(key, 0o600);
  const { url } = await start('tls', { UNDERSEAL_TLS_CERT: cert, UNDERSEAL_TLS_KEY: key });
  assert.match(url, /^https:/);
  const ca = readFileSync(cert);
  const installed = await install(url, 'tls', { ca });
  assert.equal(installed.status, 200, JSON.stringify(installed.json));
  assert.match(installed.headers['set-cookie']![0]!, /; Secure/);
  assert.match(String(installed.headers['strict-transport-security']), /max-age=31536000/);
  const port = Number(new URL(url).port);
  const version = (maxVersion: tls.SecureVersion) =>
    new Promise<string>((resolve) => {
      const socket = tls.connect({ port, host: '127.0.0.1', ca, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
        resolve(String(socket.getProtocol()));
        socket.destroy();
      });
      socket.on('error', () => resolve('refused'));
    });
  assert.deepEqual([await version('TLSv1.1'), await version('TLSv1.2'), await version('TLSv1.3')], ['refused', 'TLSv1.2', 'TLSv1.3']);
  await assert.rejects(call(url.replace('https', 'http'), 'people.status', {}));
});

const outer = Object.values(os.networkInterfaces())
  .flat()
  .find((one) => one && one.family === 'IPv4' && !one.internal)?.address;

test('until set up, only this machine is served', { skip: outer === undefined && 'this machine has no address but loopback' }, async () => {
  const server = await start('network', { UNDERSEAL_HOST: '0.0.0.0', UNDERSEAL_ALLOWED_HOSTS: outer!, UNDERSEAL_TRUSTED_PROXIES: '192.0.2.1' });
  const port = new URL(server.url).port;
  const [inside, outside] = [`http://127.0.0.1:${port}`, `http://${outer}:${port}`];
  const refused = await call(outside, 'people.status', {});
  assert.deepEqual([refused.status, refused.json.error?.code], [403, 'platform.set_up_first']);
  const tried = await install(outside, 'network');
  assert.deepEqual([tried.status, tried.json.error?.code], [403, 'platform.set_up_first']);
  assert.equal((await install(inside, 'network')).status, 200);
  assert.equal((await call(outside, 'people.status', {})).status, 200);
});

test('a caller has 1200 requests a minute, whatever tokens he makes up; who is signed in has his own', async () => {
  const { url } = await start('limits');
  await install(url, 'limits');
  const signed = await call(url, 'people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD, kind: 'command-line' });
  const me = { headers: { authorization: `Bearer ${String(signed.json['sessionToken'])}` } };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const answers: Answer[] = [];
  for (let i = 0; i < 1300; i += 50) {
    const some = Array.from({ length: 50 }, (_, k) =>
      call(url, 'people.status', {}, { agent, headers: { authorization: `Bearer invented-${i + k}-${'x'.repeat(30)}` } }),
    );
    answers.push(...(await Promise.all(some)));
  }
  agent.destroy();
  const limited = answers.filter(({ status }) => status === 429);
  // The minute may turn while we ask.
  assert.ok(limited.length > 0 && answers.every(({ status }) => status === 200 || status === 429), String(limited.length));
  assert.equal(limited[0]!.json.error?.code, 'platform.too_fast');
  assert.ok(Number(limited[0]!.headers['retry-after']) > 0);
  assert.equal((await call(url, 'people.me', {}, me)).status, 200);
});

test('large bodies: a stranger is not listened to, and nobody sends so many at once that memory runs out', async () => {
  const { url } = await start('large');
  await install(url, 'large');
  const signed = await call(url, 'people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD, kind: 'command-line' });
  const authorization = `Bearer ${String(signed.json['sessionToken'])}`;
  /** Declares a body and sends only its beginning; answers what comes back before the rest is sent, or undefined. */
  const declare = (headers: Record<string, string>, bytes: number) => {
    const request = http.request(`${url}/api/guard.inspect`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': String(bytes), ...headers },
    });
    const status = new Promise<number | undefined>((resolve) => {
      request.on('response', (answer) => resolve(answer.resume().statusCode));
      request.on('error', () => resolve(undefined));
    });
    request.write('{"text":"');
    return { status, end: () => request.destroy() };
  };
  const stranger = declare({}, 80 << 20);
  assert.equal(await stranger.status, 401);
  stranger.end();
  const { json } = await call(url, 'people.makeToken', { name: 'Lists', permissions: ['register:list'], days: 1 }, { headers: { authorization } });
  const program = declare({ authorization: `Bearer ${String(json['token'])}` }, 80 << 20);
  assert.equal(await program.status, 403, 'nor who may not inspect');
  program.end();
  // Two are held; whichever of the three comes last is told at once, while its bytes are still to come.
  const three = [1, 2, 3].map(() => declare({ authorization }, 90 << 20));
  assert.equal(await Promise.race(three.map(({ status }) => status)), 429);
  for (const one of three) one.end();
  const small = { headers: { authorization } };
  assert.equal((await call(url, 'guard.inspect', { text: 'may this leave?' }, small)).json['verdict'], 'clear');
  // What was broken off is given back.
  let whole: Answer;
  do whole = await call(url, 'guard.inspect', { text: 'x'.repeat(3 << 20) }, small);
  while (whole.status === 429);
  assert.equal(whole.status, 200);
});

test('one person listens on twenty pages at most', async () => {
  const { url } = await start('live');
  await install(url, 'live');
  const signed = await call(url, 'people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD, kind: 'command-line' });
  const headers = { authorization: `Bearer ${String(signed.json['sessionToken'])}` };
  const requests: http.ClientRequest[] = [];
  const listen = () =>
    new Promise<number>((resolve, reject) => {
      const request = http.get(`${url}/api/live`, { headers, agent: false }, (answer) => {
        answer.on('error', () => undefined).resume();
        resolve(answer.statusCode!);
      });
      request.on('error', reject);
      requests.push(request);
    });
  const statuses: number[] = [];
  for (let i = 0; i < 22; i++) statuses.push(await listen());
  assert.deepEqual(statuses, [...Array(20).fill(200), 429, 429]);
  for (const request of requests) request.on('error', () => undefined).destroy();
  let status: number;
  do status = await listen();
  while (status === 429);
  assert.equal(status, 200);
  for (const request of requests) request.on('error', () => undefined).destroy();
});

test('behind a named proxy a browser is served as if it were here, with a cookie for TLS; behind one that nobody named, nobody is', async () => {
  const named = await start('proxy', { UNDERSEAL_ALLOWED_HOSTS: 'secrets.example.com', UNDERSEAL_TRUSTED_PROXIES: '127.0.0.1' });
  const code = readFileSync(path.join(folder, 'proxy', 'setup-code'), 'utf8').trim();
  const who = { code, organisation: 'Halvorsen', name: 'Ann', email: 'ann@halvorsen.example', password: PASSWORD, kind: 'browser' };
  const site = { host: 'secrets.example.com', origin: 'https://secrets.example.com', 'sec-fetch-site': 'same-origin' };
  const through = { headers: { ...site, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' } };
  const early = await call(named.url, 'people.install', who, through);
  assert.deepEqual([early.status, early.json.error?.code], [403, 'platform.set_up_first'], 'a proxy on this machine is not this machine');
  assert.equal((await call(named.url, 'people.install', { ...who, kind: 'command-line' })).status, 200);
  const signed = await call(named.url, 'people.signIn', { email: who.email, password: PASSWORD, kind: 'browser' }, through);
  assert.equal(signed.status, 200, JSON.stringify(signed.json));
  assert.match(signed.headers['set-cookie']![0]!, /; Secure/);
  const foreign = await call(named.url, 'people.status', {}, { headers: { ...through.headers, origin: 'http://secrets.example.com' } });
  assert.equal(foreign.status, 403);

  const alone = await start('no-proxy');
  const forwarded = await call(alone.url, 'people.status', {}, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  assert.deepEqual([forwarded.status, forwarded.json.error?.code], [403, 'platform.proxy_unknown']);
});

test('half a request is not waited for, and a large body of many parts is not taken apart', { timeout: 120_000 }, async () => {
  const { url } = await start('slow');
  await install(url, 'slow');
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('POST /api/people.status HTTP/1.1\r\nhost: 127.0.0.1\r\n');
  const ended = once(socket.resume(), 'close');
  const signed = await call(url, 'people.signIn', { email: 'ann@halvorsen.example', password: PASSWORD, kind: 'command-line' });
  const headers = { authorization: `Bearer ${String(signed.json['sessionToken'])}` };
  const feed = http.get(`${url}/api/live`, { headers, agent: false });
  const [answer] = (await once(feed, 'response')) as [http.IncomingMessage];
  let hasEnded = false;
  answer.resume().once('close', () => (hasEnded = true));
  const half = net.connect(Number(new URL(url).port), '127.0.0.1');
  half.write('POST /api/people.status HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
  const halfEnded = once(half.resume(), 'close');
  const parts = await call(url, 'guard.inspect', { text: Array(1_000_000).fill([]) }, { headers });
  assert.deepEqual([parts.status, parts.json.error?.code], [400, 'platform.json_only']);
  const text = `${'a \\ "quoted", [listed] {text} '.repeat(60_000)}\\`;
  assert.equal((await call(url, 'guard.inspect', { text }, { headers })).status, 200);
  const escaped = await call(url, 'guard.inspect', { text: `${'"'.repeat(2_000_000)}, [` }, { headers });
  assert.equal(escaped.status, 200);
  await Promise.all([ended, halfEnded]);
  // It was asked before, and its answer takes longer than any body may.
  assert.equal(hasEnded, false);
  feed.destroy();
});
