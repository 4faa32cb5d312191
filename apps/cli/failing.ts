import { BugError, Failure } from '@underseal/contract';
import { BackupError } from '#platform/server/backup/error.ts';
import { BlobError } from '#platform/server/blobs.ts';
import { ConfigError } from '#platform/server/config.ts';
import { KeyError } from '#platform/server/keys.ts';
import { CliError, printable, type Io } from './io.ts';

/** Usage or server error. */
export const FAILED = 3;

const HINTS: Readonly<Record<string, string>> = {
  'people.second_factor_needed': 'Add --code with the six digits of your app.',
  'people.proof_needed':
    'You signed in more than ten minutes ago. Sign in anew, with --code where you have an app: underseal login --email YOU --password-file FILE',
  'people.already_installed': 'Sign in: underseal login --email YOU --password-file FILE',
  'people.code_wrong': 'A code is good for 30 minutes and five tries: start the server again for a new one.',
  'platform.too_fast': 'Wait a minute and try again.',
  'platform.host_unknown': 'Add the name to UNDERSEAL_ALLOWED_HOSTS on the server.',
  'register.code_name_taken': 'Choose another code name.',
};
const BACKUP_HINTS: Readonly<Record<string, string>> = {
  incomplete: 'Restore a complete one if there is any. Where this is the best there is: --incomplete restores all but these.',
  no_space: 'Free some, or give another folder. What was there before is as it was.',
};
const KIND_HINTS: Readonly<Record<string, string>> = {
  unauthenticated: 'Sign in (underseal login --email YOU --password-file FILE), or set UNDERSEAL_TOKEN.',
  denied: 'Ask an administrator for the role, or use a token that has the permission.',
};

export interface Told {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly ref?: string;
  readonly hint?: string;
  readonly details?: readonly string[];
}

/** What may be said of an error, and what to do; a stack only of what is a bug of this program. */
export function describeFailure(error: unknown): Told {
  if (error instanceof Failure) {
    const hint = HINTS[error.code] ?? KIND_HINTS[error.kind];
    return {
      kind: error.kind,
      code: error.code,
      message: error.message,
      ...(error.details.length > 0 ? { details: error.details } : {}),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (error instanceof BugError)
    return { kind: 'bug', code: 'platform.bug', message: error.message, ref: error.ref, hint: 'The log of the server says more under this reference.' };
  if (error instanceof CliError)
    return { kind: 'usage', code: `cli.${error.code}`, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  if (error instanceof BackupError) {
    const hint = BACKUP_HINTS[error.code];
    return {
      kind: 'backup',
      code: `backup.${error.code}`,
      message: error.message,
      ...(error.details.length > 0 ? { details: error.details } : {}),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (error instanceof KeyError) return { kind: 'keys', code: `keys.${error.code}`, message: error.message };
  if (error instanceof BlobError) return { kind: 'blobs', code: `blobs.${error.code}`, message: error.message };
  if (error instanceof ConfigError) return { kind: 'usage', code: 'cli.settings', message: error.message };
  if ((error as Error | undefined)?.name === 'AbortError') return { kind: 'stopped', code: 'cli.stopped', message: 'Stopped, as was asked' };
  return describeOther(error);
}

/** The system and the database say no in ways that are no bug of ours. Of the database only the code is told: its messages can quote rows. */
function describeOther(error: unknown): Told {
  const { code, message, severity } = (error ?? {}) as { code?: unknown; message?: unknown; severity?: unknown };
  if (typeof code === 'string' && typeof severity === 'string') {
    return {
      kind: 'system',
      code: 'cli.database',
      message: `Cannot go on: the database refused (${code})`,
      hint: DATABASE_HINTS[code] ?? 'PostgreSQL lists its codes under "Error Codes".',
    };
  }
  const expected = (typeof code === 'string' && /^E[A-Z0-9]{2,40}$/.test(code)) || (typeof message === 'string' && message.startsWith('Cannot '));
  if (expected) return { kind: 'system', code: 'cli.system', message: String(message) };
  const { name = typeof error, stack = '' } = error instanceof Error ? error : {};
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    kind: 'bug',
    code: 'cli.bug',
    message: ['Something went wrong in this program: please report these lines', name, ...frames.slice(0, 12)].join('\n'),
  };
}
const DATABASE_HINTS: Readonly<Record<string, string>> = {
  '53100': 'Its disk is full.',
  '53300': 'It has too many connections.',
  '28P01': 'The password in DATABASE_URL is wrong.',
  '3D000': 'The database that DATABASE_URL names does not exist.',
};

export function tellFailure(io: Io, told: Told, json: boolean): void {
  const lines = [
    told.message,
    ...(told.details ?? []).map((detail) => `  - ${detail}`),
    ...(told.ref === undefined || told.message.includes(told.ref) ? [] : [`Reference: ${told.ref}`]),
    ...(told.hint === undefined ? [] : [told.hint]),
  ];
  io.err(`${printable(lines.join('\n'))}\n`);
  if (json) io.out(`${JSON.stringify({ error: told })}\n`);
}
