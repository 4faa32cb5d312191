import { limitsWith, type Extraction, type Limits } from '@underseal/extract';
import { createFrameReader, encodeFrame, frameKinds, type Frame } from './frames.ts';

export type JobHeader = { readonly name?: string; readonly limits: Limits };
export type Work = (bytes: Uint8Array, job: JobHeader) => Promise<Extraction>;
/** The answer without its texts, which follow as bytes: JSON of a large text costs several times its size. */
export type AnswerHeader = Omit<Extraction, 'parts'> & {
  readonly parts: readonly (Omit<Extraction['parts'][number], 'text'> & { readonly textBytes: number })[];
};

export const CHUNK = 1024 * 1024;

/** Runs in the child: takes jobs from stdin, one at a time, and answers on stdout, until stdin ends. */
export function serve(work: Work): void {
  quiet();
  const read = createFrameReader(16 * CHUNK);
  let job: JobHeader | null = null;
  let chunks: Buffer[] = [];
  let turn = Promise.resolve();

  async function handle(frame: Frame): Promise<void> {
    if (frame.kind === frameKinds.begin) {
      const { name, limits } = JSON.parse(frame.payload.toString('utf8')) as JobHeader;
      job = { ...(name === undefined ? {} : { name }), limits: limitsWith(limits) };
      chunks = [];
    } else if (frame.kind === frameKinds.chunk) chunks.push(frame.payload);
    else if (frame.kind === frameKinds.discard) chunks = [];
    else if (frame.kind === frameKinds.end && job !== null) {
      const bytes = Buffer.concat(chunks);
      chunks = [];
      answer(await work(bytes, job).catch(() => broken));
    }
  }

  process.stdin.on('data', (bytes: Buffer) => {
    for (const frame of read(bytes)) turn = turn.then(() => handle(frame));
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdout.write(encodeFrame(frameKinds.ready));
}

const broken: Extraction = { parts: [], files: [], problems: [{ path: [], reason: 'broken' }], whole: false };

function answer(extraction: Extraction): void {
  const texts = extraction.parts.map((part) => Buffer.from(part.text, 'utf8'));
  const parts = extraction.parts.map(({ path, kind, marks, whole }, i) => ({ path, kind, marks, whole, textBytes: texts[i]!.length }));
  const header: AnswerHeader = { parts, files: extraction.files, problems: extraction.problems, whole: extraction.whole };
  process.stdout.write(encodeFrame(frameKinds.header, Buffer.from(JSON.stringify(header), 'utf8')));
  for (const text of texts) for (let at = 0; at < text.length; at += CHUNK) process.stdout.write(encodeFrame(frameKinds.text, text.subarray(at, at + CHUNK)));
  process.stdout.write(encodeFrame(frameKinds.done));
}

/** Libraries print what they read, and stdout carries frames: nothing but frames may go out. */
function quiet(): void {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) console[method] = () => {};
  // Defence in depth: the network namespace is what keeps the child offline, where the system has one.
  for (const name of ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']) Reflect.deleteProperty(globalThis, name);
  process.on('uncaughtException', () => process.exit(70));
  process.on('unhandledRejection', () => process.exit(70));
}
