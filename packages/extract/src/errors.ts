export type ExtractErrorCode = 'limits_invalid' | 'timeout' | 'broken';

/** The one error of this package. Its message never quotes what was read: any of it may be secret. */
export class ExtractError extends Error {
  override readonly name = 'ExtractError';
  readonly code: ExtractErrorCode;

  constructor(code: ExtractErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
