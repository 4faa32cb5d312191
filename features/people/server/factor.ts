import { Secret, TOTP } from 'otpauth';

// What every one-time code app does, RFC 6238 with its defaults; some ignore any other setting.
const SHAPE = { algorithm: 'SHA1', digits: 6, period: 30 };
/** One step back and ahead, for clocks that differ. */
const WINDOW = 1;

export function newFactorSecret(): string {
  return new Secret({ size: 20 }).base32;
}
/** What the app reads from the picture. */
export function factorUri(secret: string, { organisation, email }: { organisation: string; email: string }): string {
  return new TOTP({ ...SHAPE, issuer: organisation ? `Underseal ${organisation}` : 'Underseal', label: email, secret: Secret.fromBase32(secret) }).toString();
}
/** The step of time whose code this is, undefined if of none near. A step is spent once: the store compares and sets it. */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const delta = TOTP.validate({ ...SHAPE, secret: Secret.fromBase32(secret), token: code, timestamp, window: WINDOW });
  return delta === null ? undefined : Math.floor(timestamp / (SHAPE.period * 1000)) + delta;
}
/** The code of a moment, as an app would show it. */
export function codeAt(secret: string, at: Date): string {
  return TOTP.generate({ ...SHAPE, secret: Secret.fromBase32(secret), timestamp: at.getTime() });
}
