import { pino, type Logger } from 'pino';

/** Structured log lines. Callers pass ids, codes and numbers; never content, titles, names of files, tokens or mail addresses. */
export type Log = Logger;

export function createLog(level: string, destination?: { write(line: string): void }): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } };
  return destination ? pino(options, destination) : pino(options);
}

/** What may be said of an error in a log: its kind and where it arose. Messages of unexpected errors can quote input, so they stay out. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
  const code = (error as { code?: unknown }).code;
  const own = typeof code === 'string' && /^[A-Za-z0-9_.]{1,60}$/.test(code) ? { code } : {};
  return { name: error.name, ...own, frames, ...(error.cause ? { cause: describeError(error.cause) } : {}) };
}
