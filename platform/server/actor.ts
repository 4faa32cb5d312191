/** Who asks. One value, made at the door of the house and passed whole. */
export interface Actor {
  readonly kind: 'stranger' | 'person' | 'token' | 'system';
  /** `per_...`, `tok_...`, `system` or `stranger`. */
  readonly id: string;
  readonly permissions: ReadonlySet<string>;
  readonly session?: {
    readonly id: string;
    readonly kind: 'browser' | 'command-line';
    /** It was opened or renewed by a second factor at any time. */
    readonly byFactor: boolean;
    /** That was within the last ten minutes. */
    readonly strong: boolean;
  };
  /** Somebody else may have been put in her place: until a third says that it is she, only her way in and out is hers. */
  readonly inDoubt?: true;
  /** When the person of this session last proved herself by all she has: the code where an app is enrolled, else the password. */
  readonly strongAt?: Date;
  /** Who made the token: it may no more, and what it takes up is counted to her. */
  readonly madeBy?: string;
  /** What the browser brought along from an earlier sign-in, as it came: nothing is believed of it before it was looked at. */
  readonly device?: string;
  /** Network address, for limits and for the record of a sign-in. */
  readonly address: string;
}

export const SYSTEM: Actor = { kind: 'system', id: 'system', permissions: new Set(), address: 'local' };

export function stranger(address: string): Actor {
  return { kind: 'stranger', id: 'stranger', permissions: new Set(), address };
}
