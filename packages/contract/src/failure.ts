/** The ways to be told no, each one HTTP status. `unavailable` is for what may well go in a moment. */
export const FAILURE_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  missing: 404,
  conflict: 409,
  too_large: 413,
  limit: 429,
  unavailable: 503,
} as const;
export type FailureKind = keyof typeof FAILURE_STATUS;

/** An expected no. Anything else that is thrown is a bug. Messages never hold content. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly code: string;
  readonly details: readonly string[];
  constructor(kind: FailureKind, code: string, message: string, details: readonly string[] = []) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
    this.code = code;
    this.details = details;
  }
}

export interface FailureDefinition {
  (message: string, details?: readonly string[]): Failure;
  readonly kind: FailureKind;
  readonly code: string;
}

/** Declares a failure beside the contract, so that web and CLI can test its code. */
export function failure(kind: FailureKind, code: string): FailureDefinition {
  const make = (message: string, details?: readonly string[]) => new Failure(kind, code, message, details);
  return Object.assign(make, { kind, code });
}

/** The shape in which a failure travels. */
export interface FailureBody {
  readonly error: {
    readonly kind: FailureKind | 'bug';
    readonly code: string;
    readonly message: string;
    readonly ref: string;
    readonly details?: readonly string[];
  };
}
