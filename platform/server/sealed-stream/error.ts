/** What may be wrong with sealed bytes, with their description, or with what was asked of them. */
export type SealedStreamErrorCode =
  /** A chunk, the description or the digest does not authenticate: changed, moved, or put together from other messages. */
  | 'altered'
  /** The bytes end before the message does. */
  | 'truncated'
  /** The commitment does not hold: another key, another context, or a changed header. */
  | 'wrong_key'
  /** A description that no sealing of ours can have made. */
  | 'malformed'
  /** A range outside the content. */
  | 'bad_range'
  /** More chunks or segments than the format allows. */
  | 'too_long'
  /** Used in a way that would break the format, as writing after the end. */
  | 'misuse';

/** Carries a code and a fixed sentence: never key material, plaintext or context. */
export class SealedStreamError extends Error {
  override readonly name = 'SealedStreamError';
  readonly code: SealedStreamErrorCode;

  constructor(code: SealedStreamErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
