import { fromBase64, toBase64 } from './base64.ts';
import { LedgerError } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { isKeyName, isPlainText, openNote, type NoteSignature, type NoteVerifier } from './note.ts';

const TEXT_MAX_LETTERS = 65_536;
const LINES_MAX = 64;
const SIZE = /^(?:0|[1-9]\d{0,15})$/;

/** What a log says of itself at one size. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

/** A checkpoint as read. This package writes no extension lines: a witness's signature need not cover them. */
export type ReadCheckpoint = Checkpoint & { readonly extensions: readonly string[] };

export type OpenedCheckpoint = ReadCheckpoint & { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** The note text of a checkpoint (C2SP tlog-checkpoint). Throws `checkpoint_invalid` for an origin with white space or a plus, a size past 2^53 - 1, a root that is no hash. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!isKeyName(origin)) throw invalid('its origin is empty or holds white space or a plus');
  if (!Number.isSafeInteger(size) || size < 0) throw invalid('its size is not a whole number from 0 to 2^53 - 1');
  if (root.length !== HASH_BYTES) throw invalid(`its root is not ${HASH_BYTES} bytes`);
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** The checkpoint in a note's text. Throws `checkpoint_malformed` for all but the one spelling. Says nothing of who signed it: `openCheckpoint` does. */
export function parseCheckpoint(text: string): ReadCheckpoint {
  if (text.length > TEXT_MAX_LETTERS || !isPlainText(text)) throw malformed('it is not lines of plain text');
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.length > LINES_MAX || lines.includes('')) throw malformed('it has not the right number of lines');
  const [origin, size, encoded, ...extensions] = lines as [string, string, string, ...string[]];
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) throw malformed('its size is not a whole number from 0 to 2^53 - 1');
  const root = fromBase64(encoded);
  if (root?.length !== HASH_BYTES) throw malformed(`its root is not ${HASH_BYTES} bytes in base64`);
  return { origin, size: Number(size), root, extensions };
}

/**
 * The checkpoint in `note`, signed by the log itself; `signatures` tells which of `witnesses` signed too. Throws as `openNote` and `parseCheckpoint` do,
 * `signature_missing` when only witnesses signed, and `origin_differs` when it is another log's: `origin` is the name of the log's key unless given.
 */
export async function openCheckpoint(
  note: string | Uint8Array,
  { log, witnesses = [], origin = log.name }: { readonly log: NoteVerifier; readonly witnesses?: readonly NoteVerifier[]; readonly origin?: string },
): Promise<OpenedCheckpoint> {
  const { text, signatures } = await openNote(note, [log, ...witnesses]);
  const isOwn = signatures.some(({ name, keyId }) => name === log.name && keyId === log.keyId);
  if (!isOwn) throw new LedgerError('signature_missing', 'Cannot open this checkpoint: the log itself did not sign it');
  const checkpoint = parseCheckpoint(text);
  if (checkpoint.origin !== origin) throw new LedgerError('origin_differs', 'Cannot open this checkpoint: it is of another log');
  return { ...checkpoint, text, signatures };
}

function invalid(state: string): LedgerError {
  return new LedgerError('checkpoint_invalid', `Cannot write this checkpoint: ${state}`);
}

function malformed(state: string): LedgerError {
  return new LedgerError('checkpoint_malformed', `Cannot read this checkpoint: ${state}`);
}
