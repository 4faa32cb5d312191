import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Sending } from './upload.ts';

async function send({ url, bearer, secretId, file }: Sending) {
  const call = async (name: string, input: unknown) => {
    const answer = await fetch(`${url}/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify(input),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    if (answer.status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return body;
  };
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const { size } = await stat(file);
  const { uploadId, put } = (await call('vault.begin', { secretId, name: 'large.bin', bytes: size })) as { uploadId: string; put: { url: string } };
  const headers = { 'content-type': 'application/octet-stream', 'content-length': size, 'upload-offset': '0', authorization: `Bearer ${bearer}` };
  const request = http.request(`${url}${put.url}`, { method: 'PUT', headers });
  const answered = new Promise<number>((resolve, reject) => {
    request.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode!)));
    request.on('error', reject);
  });
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), request);
  const status = await answered;
  if (status !== 200) throw new Error(`the bytes were answered with ${status}`);
  await call('vault.finish', { uploadId, digest: hash.digest('hex') });
}

process.on('message', (sending: Sending) => {
  send(sending).then(
    () => process.send!({}),
    (error: unknown) => process.send!({ wrong: (error as Error).message }),
  );
});
