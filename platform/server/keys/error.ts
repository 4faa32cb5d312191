export type KeyErrorCode =
  /** Does not open: another key, another context, or changed bytes. */
  | 'cannot_open'
  /** The key of a subject was destroyed; it never comes back. */
  | 'key_destroyed'
  | 'key_missing'
  /** The database belongs to another root key. */
  | 'root_mismatch'
  | 'keyfile_missing'
  | 'keyfile_exists'
  /** Mistyped, cut short, or no keyfile at all. */
  | 'keyfile_damaged'
  /** Others on this machine may read it. */
  | 'keyfile_exposed'
  | 'wrong_passphrase'
  | 'weak_passphrase'
  | 'kit_damaged'
  | 'closed'
  | 'misuse';

/** Carries a code and a sentence that says what to do: never key material, plaintext, subject or context. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
