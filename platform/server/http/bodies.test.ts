import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { endIfEndless } from './bodies.ts';

test('a body that never ends is ended in time, and an answer that takes longer is not', async () => {
  const inTime = Promise.withResolvers<void>();
  const server = http.createServer((raw, response) => {
    endIfEndless({ raw }, { within: 20 });
    if (raw.method === 'POST') return raw.resume();
    response.write('the beginning, ');
    return void inTime.promise.then(() => response.end('the end'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const download = http.get(url);
  const [answer] = (await once(download, 'response')) as [IncomingMessage];

  const endless = http.request(url, { method: 'POST', headers: { 'content-length': 10 } });
  endless.write('five.');
  const [error] = (await once(endless, 'error')) as [Error];
  assert.match(error.message, /hang up|reset/i);

  // It began later, and its time is over: so is that of the download.
  inTime.resolve();
  assert.equal(await text(answer), 'the beginning, the end');
  server.close();
});
