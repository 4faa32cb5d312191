export type BackupErrorCode =
  /** No installation in the place to be backed up. */
  | 'nothing_here'
  | 'file_exists'
  | 'file_missing'
  /** Not a backup, cut, or changed since it was written. */
  | 'file_damaged'
  /** Made under another root key than the one of the kit. */
  | 'other_key'
  /** Made by a newer program, or by one with other steps. */
  | 'newer'
  /** The place to restore into is in use. */
  | 'place_used'
  /** Documents were missing when it was written, and nobody has said that it may be restored without them. */
  | 'incomplete'
  /** What was restored is not what was backed up. */
  | 'not_whole'
  | 'no_space'
  | 'stopped';

/** An expected no of backup or restore. Messages name tables, ids and files of the operator; never content. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  /** One line each, by ids alone. */
  readonly details: readonly string[];
  constructor(code: BackupErrorCode, message: string, { details = [], ...options }: ErrorOptions & { readonly details?: readonly string[] } = {}) {
    super(message, options);
    this.name = 'BackupError';
    this.code = code;
    this.details = details;
  }
}
