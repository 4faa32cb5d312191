import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Extraction, Limits, Reason } from '@underseal/extract';
import { createAnswerReader } from './answer.ts';
import type { Confinement } from './confine.ts';
import { createFrameReader, encodeFrame, frameKinds, type Frame } from './frames.ts';
import { CHUNK } from './serve.ts';

export type Input = Uint8Array | AsyncIterable<Uint8Array>;
export type Job = { readonly input: Input; readonly name: string | undefined; readonly limits: Limits };

export type SandboxErrorCode = 'closed' | 'busy' | 'aborted' | 'unavailable' | 'input_failed';

/** An extraction that was not tried or not finished for a reason that is not in the file. Says nothing of the file. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export type Worker = {
  run(job: Job): Promise<Extraction>;
  /** Ends the process at once; `exited` says when it is gone. */
  kill(): void;
  readonly exited: Promise<void>;
  readonly isAlive: () => boolean;
  readonly busyMilliseconds: () => number;
  readonly jobs: () => number;
};

export type WorkerOptions = {
  readonly confinement: Confinement;
  readonly residentMb: number;
  /** The child keeps the time itself; this long after it, it is killed. */
  readonly graceMilliseconds: number;
  readonly log: { warn(fields: object, message: string): void };
};

const MAX_HEADER = 128 * 1024 * 1024;
const WATCH_MEMORY_EVERY = 250;
const PAGE_BYTES = 4096;

type Running = { take(frame: Frame): void; end(reason: Reason): void; fail(error: SandboxError): void };

export function failed(reason: Reason): Extraction {
  return { parts: [], files: [], problems: [{ path: [], reason }], whole: false };
}

/** Starts one child. A child that dies in a job makes that job `broken`, or `timeout` if it was killed for its time. */
export function startWorker(options: WorkerOptions): Worker {
  const { command, args } = options.confinement;
  // stderr may quote what was read: it goes nowhere.
  const child = spawn(command, args, { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  let running: Running | null = null;
  let alive = true;
  let isReady = false;
  let killedFor: Reason | null = null;
  let jobs = 0;
  let busy = 0;

  function kill(reason: Reason | null = null): void {
    killedFor ??= reason;
    child.kill('SIGKILL');
  }
  const exited = new Promise<void>((resolve) => {
    const gone = (code: number | null, signal: string | null): void => {
      if (!alive) return;
      alive = false;
      const job = running;
      running = null;
      if (job && !isReady && killedFor === null) job.fail(new SandboxError('unavailable', 'Cannot extract: the child process does not start'));
      else job?.end(killedFor ?? 'broken');
      if (job) options.log.warn({ code, signal, reason: killedFor ?? 'broken' }, 'extraction child ended in a job');
      resolve();
    };
    child.on('close', gone);
    child.on('error', () => gone(null, null));
  });
  const read = createFrameReader(MAX_HEADER);
  child.stdout.on('data', (bytes: Buffer) => {
    try {
      for (const frame of read(bytes)) {
        if (frame.kind === frameKinds.ready) isReady = true;
        else running?.take(frame);
      }
    } catch {
      kill('broken');
    }
  });
  child.stdin.on('error', () => {}); // The child is gone: its end is handled where it exits.

  async function run(job: Job): Promise<Extraction> {
    const take = createAnswerReader(job.limits);
    const started = performance.now();
    jobs++;
    let settle!: Running;
    const answered = new Promise<Extraction>((resolve, reject) => {
      settle = {
        take(frame) {
          const extraction = take(frame);
          if (extraction) resolve(extraction);
        },
        end: (reason) => resolve(failed(reason)),
        fail: reject,
      };
    });
    // A child that dies before the input is sent must not count as an error that nobody heard.
    answered.catch(() => {});
    if (!alive) throw new SandboxError('unavailable', 'Cannot extract: the child process is gone');
    running = settle;
    const watch = watchMemory(child.pid, options.residentMb, () => kill('broken'));
    let deadline = setTimeout(() => kill('timeout'), job.limits.milliseconds + options.graceMilliseconds);
    try {
      if (!(await send(job))) return failed('too_large');
      clearTimeout(deadline);
      deadline = setTimeout(() => kill('timeout'), job.limits.milliseconds + options.graceMilliseconds);
      return await answered;
    } finally {
      clearTimeout(deadline);
      clearInterval(watch);
      running = null;
      busy += performance.now() - started;
    }
  }

  /** Sends a job. False if the input is larger than it may be; then the child forgets it. */
  async function send(job: Job): Promise<boolean> {
    const header = { ...(job.name === undefined ? {} : { name: job.name.slice(0, 255) }), limits: job.limits };
    await write(encodeFrame(frameKinds.begin, Buffer.from(JSON.stringify(header), 'utf8')));
    let length = 0;
    try {
      for await (const piece of job.input instanceof Uint8Array ? [job.input] : job.input) {
        length += piece.length;
        if (length > job.limits.inputBytes) {
          await write(encodeFrame(frameKinds.discard));
          return false;
        }
        for (let at = 0; at < piece.length && alive; at += CHUNK) await write(encodeFrame(frameKinds.chunk, piece.subarray(at, at + CHUNK)));
        if (!alive) return true;
      }
    } catch (error) {
      await write(encodeFrame(frameKinds.discard));
      throw new SandboxError('input_failed', 'Cannot extract: the input ended early', { cause: error });
    }
    await write(encodeFrame(frameKinds.end));
    return true;
  }
  async function write(frame: Buffer): Promise<void> {
    if (!alive) return;
    await Promise.race([new Promise<void>((resolve) => child.stdin.write(frame, () => resolve())), exited]);
  }

  return { run, kill: () => kill(), exited, isAlive: () => alive, busyMilliseconds: () => busy, jobs: () => jobs };
}

/** The heap limit of the child does not count buffers. Where the system tells, a child that grows beyond all bounds is ended. */
function watchMemory(pid: number | undefined, residentMb: number, onTooMuch: () => void): NodeJS.Timeout {
  const timer = setInterval(() => {
    void readFile(`/proc/${pid}/statm`, 'utf8')
      .then((line) => {
        if (Number(line.split(' ')[1]) * PAGE_BYTES > residentMb * 1024 * 1024) onTooMuch();
      })
      .catch(() => clearInterval(timer));
  }, WATCH_MEMORY_EVERY);
  return timer;
}
