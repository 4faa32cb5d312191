export type LedgerErrorCode =
  | 'value_invalid'
  | 'not_canonical'
  | 'entry_invalid'
  | 'entry_malformed'
  | 'entry_too_large'
  | 'disclosure_too_large'
  | 'disclosure_malformed'
  | 'hash_invalid'
  | 'range_invalid'
  | 'path_malformed'
  | 'tile_malformed'
  | 'bundle_malformed'
  | 'root_differs'
  | 'key_malformed'
  | 'note_invalid'
  | 'note_malformed'
  | 'signature_invalid'
  | 'signature_missing'
  | 'checkpoint_invalid'
  | 'checkpoint_malformed'
  | 'origin_differs';

/** The one error of this package. Its message never quotes what was read: an entry or a disclosure may hold a secret. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
