import type { Readable } from 'node:stream';

/** The world of one run: what a process brings, or a test. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results. Nothing else is ever written here. */
  readonly out: (text: string) => void;
  /** What is meant for people: notices, progress, errors. */
  readonly err: (text: string) => void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Options that every command takes. */
export interface Common {
  readonly json?: boolean;
  readonly server?: string;
  readonly insecureHttp?: boolean;
}

/** An expected no of the command line itself. `hint` says what to do. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
  }
}

export function writeJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value)}\n`);
}
/** Commands whose lines are read by programs give JSON to a pipe, too. */
export function wantsJson(io: Io, { json }: Common): boolean {
  return json === true || !io.outIsTerminal;
}
export function say(io: Io, line: string): void {
  io.err(`${printable(line)}\n`);
}

/** One line that is written over, on a terminal only. */
export function createProgress(io: Io): { show(text: string): void; clear(): void } {
  let shownAt = 0;
  let shown = false;
  return {
    show(text) {
      if (!io.errIsTerminal || performance.now() - shownAt < 100) return;
      shownAt = performance.now();
      shown = true;
      io.err(`\r\u001b[K${printable(text)}`);
    },
    clear() {
      if (shown) io.err('\r\u001b[K');
      shown = false;
    },
  };
}

/** File names and messages come from outside: they must not be able to steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
}

/** "14,206", as the pages have it. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-GB');
}

export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}
