import { fileURLToPath } from 'node:url';
import { limitsWith, type Extraction, type Limits } from '@underseal/extract';
import { confine } from './confine.ts';
import { SandboxError, startWorker, type Input, type Job, type Worker } from './worker.ts';

export { SandboxError, type SandboxErrorCode, type Input } from './worker.ts';

export type SandboxOptions = {
  /** Child processes at most; they start when there is work. */
  readonly workers: number;
  /** Heap of one child. Its buffers may take as much again, and 512 MB. */
  readonly memoryMb: number;
  readonly log: { warn(fields: object, message: string): void };
  readonly limits?: Partial<Limits>;
  /** Jobs that may wait. */
  readonly maxWaiting?: number;
  readonly jobsPerChild?: number;
  readonly graceMilliseconds?: number;
  /** Entry of the child; another one in tests of what a hostile child can do. */
  readonly entry?: string;
};

export type Sandbox = {
  /**
   * Reads bytes in a child without keys, environment, files or network. Whatever the bytes do to the child is a problem in the answer; rejects with
   * `SandboxError` when the sandbox is closed or busy, when `signal` aborts, or when the input itself fails.
   */
  extract(input: Input, options?: { readonly name?: string; readonly signal?: AbortSignal }): Promise<Extraction>;
  /** Ends every child and every job. No process is left when it resolves. */
  close(): Promise<void>;
  /** How many children run. */
  readonly running: () => number;
};

type Waiting = Job & { resolve(extraction: Extraction): void; reject(error: unknown): void; signal: AbortSignal | undefined; onAbort?: () => void };

const MAX_BUSY = 5 * 60_000;

export function startSandbox(options: SandboxOptions): Sandbox {
  const limits = limitsWith(options.limits);
  const entry = options.entry ?? fileURLToPath(new URL('./child.ts', import.meta.url));
  const confinement = confine(entry, options.memoryMb);
  if (confinement.missing.length > 0) options.log.warn({ missing: confinement.missing }, 'extraction children are confined less than they could be');
  const workerOptions = { confinement, residentMb: options.memoryMb * 2 + 512, graceMilliseconds: options.graceMilliseconds ?? 2_000, log: options.log };
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: Waiting[] = [];
  let closed = false;

  function takeWorker(): Worker | null {
    for (let worker = idle.pop(); worker; worker = idle.pop()) if (worker.isAlive()) return worker;
    if (all.size >= options.workers) return null;
    const worker = startWorker(workerOptions);
    all.add(worker);
    void worker.exited.then(() => {
      all.delete(worker);
      next();
    });
    return worker;
  }

  function next(): void {
    while (!closed && waiting.length > 0) {
      const worker = takeWorker();
      if (!worker) return;
      void runOn(worker, waiting.shift()!);
    }
  }

  async function runOn(worker: Worker, job: Waiting): Promise<void> {
    let isAborted = false;
    unlisten(job);
    const abort = (): void => {
      isAborted = true;
      worker.kill();
    };
    job.signal?.addEventListener('abort', abort, { once: true });
    try {
      const extraction = await worker.run(job);
      if (isAborted) throw aborted();
      if (closed) throw closedError();
      job.resolve(extraction);
    } catch (error) {
      job.reject(isAborted ? aborted() : closed ? closedError() : error);
    } finally {
      job.signal?.removeEventListener('abort', abort);
      giveBack(worker);
      next();
    }
  }

  /** A child that worked long or often is replaced: what one file did to it must not meet the files of tomorrow. */
  function giveBack(worker: Worker): void {
    const isWorn = worker.jobs() >= (options.jobsPerChild ?? 100) || worker.busyMilliseconds() > MAX_BUSY;
    if (closed || isWorn || !worker.isAlive()) worker.kill();
    else idle.push(worker);
  }

  function extract(input: Input, { name, signal }: { readonly name?: string; readonly signal?: AbortSignal } = {}): Promise<Extraction> {
    if (closed) return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(aborted());
    if (waiting.length >= (options.maxWaiting ?? 100)) return Promise.reject(new SandboxError('busy', 'Cannot extract: too many jobs are waiting'));
    return new Promise((resolve, reject) => {
      const job: Waiting = { input, name, limits, resolve, reject, signal };
      job.onAbort = () => {
        waiting.splice(waiting.indexOf(job), 1);
        reject(aborted());
      };
      signal?.addEventListener('abort', job.onAbort, { once: true });
      waiting.push(job);
      next();
    });
  }

  async function close(): Promise<void> {
    closed = true;
    for (const job of waiting.splice(0)) {
      unlisten(job);
      job.reject(closedError());
    }
    const exits = [...all].map((worker) => worker.exited);
    for (const worker of all) worker.kill();
    await Promise.all(exits);
  }

  return { extract, close, running: () => all.size };
}

function unlisten(job: Waiting): void {
  if (job.onAbort) job.signal?.removeEventListener('abort', job.onAbort);
}

function aborted(): SandboxError {
  return new SandboxError('aborted', 'Cannot extract: the caller gave up');
}

function closedError(): SandboxError {
  return new SandboxError('closed', 'Cannot extract: the sandbox is closed');
}
