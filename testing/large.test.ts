import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startProgram, survivors, type Program } from './program.ts';

const BYTES = 2 ** 30;
const WARM_BYTES = 2 ** 25;
const MAY_GROW_BYTES = 200 * 2 ** 20;
const skip =
  (process.platform !== 'linux' && 'memory is looked up in /proc') || (!process.env['SLOW'] && 'a gigabyte goes in and out: part of `npm run ok:full`');

const data = mkdtempSync(path.join(os.tmpdir(), 'underseal-large-'));
let program: Program | undefined;
/** A browser's, since a command line is given content only after a second factor. */
let session: Record<string, string> = {};

after(async () => {
  if (program) {
    const left = program.processes();
    program.launcher.kill('SIGTERM');
    await survivors(left);
  }
  rmSync(data, { recursive: true, force: true });
});

test('a gigabyte goes in and out, and the server holds little of it at a time', { skip }, async (t) => {
  program = await startProgram(data);
  const codeFile = path.join(data, 'setup-code');
  while (!existsSync(codeFile) || !readFileSync(codeFile, 'utf8').endsWith('\n')) await wait(20);
  const { personId } = await call('people.install', {
    code: readFileSync(codeFile, 'utf8').trim(),
    organisation: 'Halvorsen',
    name: 'Ann',
    email: 'ann@halvorsen.example',
    password: 'four tall herons at noon',
  });
  const { secretId } = await call('register.enter', { codeName: 'LARGE', title: 'Large', tier: 1, ownerId: personId });
  // What a server loads and compiles at its first document belongs to no document.
  await sendAndFetch(String(secretId), WARM_BYTES);

  const server = program.processes().find(({ command }) => command.endsWith('apps/server/main.ts') && !command.includes('run.mjs'))!;
  const before = residentBytes(server.pid);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentBytes(server.pid))), 50);
  t.after(() => clearInterval(watch));
  const took = await sendAndFetch(String(secretId), BYTES);
  await untilRead(String(secretId));
  const grown = most - before;
  t.diagnostic(`${inMegabytes(before)} before, ${inMegabytes(grown)} more at most; in ${took.sent.toFixed(0)} s, out ${took.fetched.toFixed(0)} s`);
  assert.ok(grown < MAY_GROW_BYTES, `the server grew by ${inMegabytes(grown)}`);
});

async function sendAndFetch(secretId: string, bytes: number): Promise<{ sent: number; fetched: number }> {
  const hash = createHash('sha256');
  const begun = performance.now();
  const { uploadId, put } = (await call('vault.begin', { secretId, name: 'large.bin', bytes })) as { uploadId: string; put: { url: string } };
  const headers = { ...session, 'content-type': 'application/octet-stream', 'content-length': bytes, 'upload-offset': 0 };
  const request = http.request(`${program!.url}${put.url}`, { method: 'PUT', headers, agent: false });
  const answered = answerTo(request);
  await pipeline(
    Readable.from(
      (function* () {
        for (const piece of pieces(bytes)) {
          hash.update(piece);
          yield piece;
        }
      })(),
      { objectMode: false },
    ),
    request,
  );
  const answer = await answered;
  answer.resume();
  assert.equal(answer.statusCode, 200);
  const digest = hash.digest('hex');
  const { versionId } = await call('vault.finish', { uploadId, digest });
  const sent = (performance.now() - begun) / 1000;

  const { get } = (await call('vault.open', { versionId })) as { get: { url: string } };
  const asking = http.request(`${program!.url}${get.url}`, { headers: session, agent: false });
  const fetching = answerTo(asking);
  asking.end();
  const fetched = createHash('sha256');
  await pipeline(await fetching, fetched);
  assert.equal(fetched.digest('hex'), digest, 'what comes out is what went in');
  return { sent, fetched: (performance.now() - begun) / 1000 - sent };
}

/** Bytes of which no megabyte is like another. */
function* pieces(bytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes; at += 2 ** 20) {
    const piece = Buffer.alloc(Math.min(2 ** 20, bytes - at), createHash('sha256').update(`${bytes} ${at}`).digest());
    yield piece;
  }
}

function answerTo(request: http.ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
}

/** Until the server has read its documents for the sake of recognising them, too. */
async function untilRead(secretId: string): Promise<void> {
  for (;;) {
    const { items } = (await call('guard.fingerprints', { secretId, limit: 10 })) as { items: { state: string }[] };
    if (items.length === 2 && items.every(({ state }) => state !== 'pending')) return;
    await wait(200);
  }
}

/** Over a connection of its own: one that waited while a gigabyte went by may have been closed. */
async function call(name: string, input: unknown): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...session };
  const request = http.request(`${program!.url}/api/${name}`, { method: 'POST', headers, agent: false });
  const answered = answerTo(request);
  request.end(JSON.stringify(input));
  const answer = await answered;
  const body = (await json(answer)) as Record<string, unknown>;
  assert.equal(answer.statusCode, 200, `${name}: ${JSON.stringify(body)}`);
  const cookies = answer.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]!);
  if (cookies) session = { cookie: cookies.join('; '), 'sec-fetch-site': 'same-origin' };
  return body;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}
function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
