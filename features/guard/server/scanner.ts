import { Worker } from 'node:worker_threads';
import type { FingerprintKey, Registration } from '@underseal/fingerprint';
import type { Log } from '#platform/server/log.ts';
import { takeOwn, type Allowed, type Taken } from './allowing.ts';
import { buildShared } from './build-shared.ts';
import type { Part } from './index-store.ts';
import { scanParts, type PartsScan } from './scan-parts.ts';

/** Why a text was not scanned: too many wait, it took too long, or the thread broke. */
export class ScanError extends Error {
  readonly code: 'busy' | 'timeout' | 'broken';
  constructor(code: ScanError['code']) {
    super(`Cannot scan: ${code}`);
    this.code = code;
  }
}
export interface Scanner {
  /** Rejects with `ScanError`. `who` shares the thread with others: few of one person's wait at a time. */
  scan(texts: readonly string[], parts: readonly Part[], who: string): Promise<PartsScan>;
  fingerprint(text: string): Promise<Taken>;
  /** A segment in shared memory. */
  build(registrations: readonly Registration[]): Promise<Uint8Array>;
  close(): Promise<void>;
}
interface Options {
  readonly key: FingerprintKey;
  readonly keyBytes: Uint8Array;
  /** Texts that are nobody's secret: what stands in them is no passage. */
  readonly allowed: Allowed;
  readonly log: Log;
  readonly limitMilliseconds?: number;
}
type Work =
  | { readonly kind: 'fingerprint'; readonly text: string }
  | { readonly kind: 'build'; readonly registrations: readonly Registration[] }
  | {
      readonly kind: 'scan';
      readonly texts: readonly string[];
      readonly segments: readonly { readonly number: number; readonly bytes: Uint8Array | undefined }[];
    };
/** What the thread is given when it starts. */
export interface Given {
  readonly key: Uint8Array;
  readonly allow: Uint8Array;
}
export interface Asked {
  readonly id: number;
  readonly work: Work;
}
interface Waiting {
  readonly who: string;
  readonly make: (known: Set<number>) => Work;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** So many letters are scanned in a millisecond or few: not worth a message to another thread. */
const SMALL = 32_768;
/** So many fingerprints are put in order in a few milliseconds. */
const FEW = 20_000;
const LIMIT_MS = 60_000;
const MOST_OF_ONE = 4;

/** From here on one sign may be folded into as many as eighteen letters. */
const WIDE = /[\u2100-\uffff]/;
function isSmall(texts: readonly string[]): boolean {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  return length <= SMALL / 18 || (length <= SMALL && !texts.some((text) => WIDE.test(text)));
}

/** One thread beside the server for long texts. Short ones are scanned at once. */
export function startScanner({ key, keyBytes, allowed, log, limitMilliseconds = LIMIT_MS }: Options): Scanner {
  const allow = allowed.segment;
  const waiting: Waiting[] = [];
  let worker: { thread: Worker; known: Set<number> } | undefined;
  let current: (Waiting & { id: number; timer: NodeJS.Timeout }) | undefined;
  let ids = 0;
  let closed = false;

  const start = () => {
    const thread = new Worker(new URL('./scan-worker.ts', import.meta.url), {
      workerData: { key: keyBytes, allow: allowed.bytes } satisfies Given,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 2048 },
    });
    thread.unref();
    thread.on('message', ({ id, answer, failed }: { id: number; answer: never; failed?: string }) => {
      if (current?.id !== id) return;
      const { resolve, reject } = release()!;
      if (failed === undefined) resolve(answer);
      else {
        log.error({ error: failed }, 'guard: a text could not be scanned');
        reject(new ScanError('broken'));
      }
      next();
    });
    thread.on('error', (error) => log.error({ error: error.name }, 'guard: the scanning thread ended'));
    thread.on('exit', () => {
      if (worker?.thread !== thread) return;
      worker = undefined;
      release()?.reject(new ScanError('broken'));
      next();
    });
    return { thread, known: new Set<number>() };
  };
  const release = () => {
    const done = current;
    current = undefined;
    clearTimeout(done?.timer);
    return done;
  };
  const next = () => {
    if (current || closed) return;
    const job = waiting.shift();
    if (!job) return;
    worker ??= start();
    const { thread, known } = worker;
    const timer = setTimeout(() => {
      worker = undefined;
      void thread.terminate();
      release()?.reject(new ScanError('timeout'));
      next();
    }, limitMilliseconds);
    current = { ...job, id: ++ids, timer };
    thread.postMessage({ id: current.id, work: job.make(known) } satisfies Asked);
  };
  const ask = <T>(who: string, make: Waiting['make']) =>
    new Promise<T>((resolve, reject) => {
      const own = waiting.filter((job) => job.who === who).length + (current?.who === who ? 1 : 0);
      if (closed || own >= MOST_OF_ONE) return reject(new ScanError('busy'));
      waiting.push({ who, make, resolve, reject });
      next();
    });
  return {
    async scan(texts, parts, who) {
      if (isSmall(texts)) return scanParts(texts, { key, segments: parts.map(({ segment }) => segment), allow: [allow] });
      return ask(who, (known) => {
        const segments = parts.map(({ number, bytes }) => ({ number, bytes: known.has(number) ? undefined : bytes }));
        known.clear();
        for (const { number } of parts) known.add(number);
        return { kind: 'scan', texts, segments };
      });
    },
    async fingerprint(text) {
      if (isSmall([text])) return takeOwn(text, { key, allow });
      // Documents come by a queue that tries again.
      return ask('documents', () => ({ kind: 'fingerprint', text }));
    },
    async build(registrations) {
      if (registrations.reduce((sum, { prints }) => sum + prints.count, 0) <= FEW) return buildShared(registrations, [allow]);
      return ask('index', () => ({ kind: 'build', registrations }));
    },
    async close() {
      closed = true;
      for (const job of [...waiting.splice(0), ...(current ? [release()!] : [])]) job.reject(new ScanError('busy'));
      const ending = worker;
      worker = undefined;
      await ending?.thread.terminate();
    },
  };
}
