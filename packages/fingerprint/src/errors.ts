export type FingerprintErrorCode =
  | 'cipher_invalid'
  | 'input_invalid'
  | 'input_too_large'
  | 'key_differs'
  | 'segment_damaged'
  | 'segment_malformed'
  | 'segment_unsupported';

/** The one error of this package. Its message never quotes a text, an id or a fingerprint. */
export class FingerprintError extends Error {
  override readonly name = 'FingerprintError';
  readonly code: FingerprintErrorCode;

  constructor(code: FingerprintErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
