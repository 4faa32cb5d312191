import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from '#features/register/contract.ts';
import { compare, type Round, type Row } from './figures.ts';
import { openPlace } from './place.ts';

const MEGABYTES = 256;
const ROUNDS = 3;

export interface Sending {
  readonly url: string;
  readonly bearer: string;
  readonly secretId: string;
  readonly file: string;
}

/** A document of 256 MB into the vault, over HTTP, from another process, until it is durable and named; against `cp` and fsync of the same file on the same disk. */
export async function upload(): Promise<Row[]> {
  const place = await openPlace();
  const child = fork(fileURLToPath(new URL('./upload-child.ts', import.meta.url)), { stdio: ['ignore', 'ignore', 2, 'ipc'] });
  try {
    const file = path.join(place.folder, 'large.bin');
    await writeLarge(file);
    let secrets = 0;
    // The same bytes are kept once in a secret: each round has one of its own.
    const enter = async () => {
      const input = { codeName: `LARGE-${secrets++}`, title: 'Large', tier: 1, ownerId: place.owner.id };
      return ((await place.server.house.run(register.operations.enter.name, place.owner, input)) as { secretId: string }).secretId;
    };
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const row = await compare({
      what: `upload of ${MEGABYTES} MB`,
      unit: 'MB/s',
      rounds: ROUNDS,
      async ours() {
        const secretId = await enter();
        return timed(async () => {
          const sending: Sending = { url: place.server.url, bearer: place.bearers[0]!, secretId, file };
          child.send(sending);
          const [answer] = (await once(child, 'message')) as [{ wrong?: string }];
          if (answer.wrong !== undefined) throw new Error(answer.wrong);
        });
      },
      peer: { name: 'cp and fsync', run: () => timed(() => copyDurably(file, path.join(place.folder, 'copy.bin'))) },
    });
    clearInterval(watch);
    const grown = Math.round((most - before) / 2 ** 20);
    return [{ ...row, note: `ours also encrypts and hashes (twice: both ends); the server grew by ${grown} MB of memory at most` }];
  } finally {
    child.kill();
    await place.close();
  }
}

async function timed(work: () => Promise<void>): Promise<Round> {
  const started = performance.now();
  await work();
  return { value: MEGABYTES / ((performance.now() - started) / 1000) };
}
async function writeLarge(file: string) {
  const handle = await open(file, 'w');
  const piece = Buffer.alloc(2 ** 20);
  for (let i = 0; i < MEGABYTES; i++) {
    piece.writeUInt32LE(i, (i * 4096) % (piece.length - 4));
    await handle.write(piece);
  }
  await handle.sync();
  await handle.close();
}
async function copyDurably(from: string, to: string) {
  await rm(to, { force: true });
  // Bytes are moved, not shared: a copy by reference would be no peer.
  await copyFile(from, to);
  const handle = await open(to, 'r+');
  await handle.sync();
  await handle.close();
  if ((await stat(to)).size !== MEGABYTES * 2 ** 20) throw new Error('the copy is not whole');
}
