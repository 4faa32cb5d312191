import { Readable } from 'node:stream';
import type { Io } from './io.ts';
import { runCli } from './program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What stands on stdout, as JSON, a line each. */
  readonly lines: () => readonly Record<string, never>[];
}
export type Run = (...argv: string[]) => Promise<Ran>;

/** Runs command lines as a process would, in this one. */
export function createRun(env: Record<string, string>, { stdin = '', terminal = false }: { stdin?: string; terminal?: boolean } = {}): Run {
  return async (...argv) => {
    let [out, err] = ['', ''];
    const io: Io = {
      env,
      stdin: Readable.from([Buffer.from(stdin)]),
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      outIsTerminal: terminal,
      errIsTerminal: false,
      signal: new AbortController().signal,
    };
    const code = await runCli(argv, io);
    return {
      code,
      out,
      err,
      lines: () =>
        out
          .trimEnd()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Record<string, never>),
    };
  };
}
