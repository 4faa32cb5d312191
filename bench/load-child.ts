import { connect, type Socket } from 'node:net';
import { keepBusy } from './figures.ts';
import type { Load } from './load.ts';

/** A client that does as little as can be done for an HTTP answer: what it costs would hide what the server costs. */
class Wire {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #answered: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (piece: Buffer) => this.#take(piece));
    this.#socket.on('error', (error) => this.#answered?.reject(error));
  }

  ask(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #take(piece: Buffer) {
    this.#received = this.#received.length === 0 ? piece : Buffer.concat([this.#received, piece]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) return this.#answered?.reject(new Error('an answer without a length'));
    if (this.#received.length < end + 4 + length) return;
    this.#received = Buffer.alloc(0);
    this.#answered?.resolve(Number(head.slice(9, 12)));
  }

  close() {
    this.#socket.destroy();
  }
}

async function run({ url, path, bodies, bearers, concurrency, milliseconds }: Load) {
  const { host } = new URL(url);
  const requests = bearers.flatMap((bearer, i) => {
    const body = bodies[i % bodies.length]!;
    const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${bearer}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return [Buffer.from(head + body)];
  });
  const idle = Array.from({ length: concurrency }, () => new Wire(url));
  const all = [...idle];
  let next = 0;
  try {
    return await keepBusy({ concurrency, milliseconds }, async () => {
      const wire = idle.pop()!;
      const status = await wire.ask(requests[next++ % requests.length]!);
      if (status !== 200) throw new Error(`answered ${status}`);
      idle.push(wire);
    });
  } finally {
    for (const wire of all) wire.close();
  }
}

process.on('message', (load: Load) => {
  run(load).then(
    (round) => process.send!(round),
    (error: unknown) => process.send!({ wrong: (error as Error).message }),
  );
});
