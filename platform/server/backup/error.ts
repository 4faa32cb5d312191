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
  | 'blob_missing'
  /** What was restored is not what was backed up. */
  | 'not_whole'
  | 'no_space'
  | 'stopped';

/** An expected no of backup or restore. Messages name tables, ids and files of the operator; never content. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
    this.code = code;
  }
}
