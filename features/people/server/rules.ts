import { isIPv6 } from 'node:net';
import type { Config } from '#platform/server/config.ts';
import { peopleFailures, ROLE_PERMISSIONS, type Role } from '../contract.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SETUP_CODE_MS = 30 * MINUTE;
export const SETUP_TRIES = 5;
export const INVITATION_MS = 7 * DAY;
/** Short: who asked for it waits for it. */
export const RESET_MS = HOUR;
export const DAY_MS = DAY;
/** A session, a token and the sight of a person are marked as used at most this often. */
export const TOUCH_MS = MINUTE;
/** How long an address from which somebody signed in stays known for that person. */
export const KNOWN_ADDRESS_MS = 30 * DAY;
/** How long a lapsed session is kept, for the known addresses. */
export const KEPT_SESSION_MS = 90 * DAY;

const BROWSER_MS = 12 * HOUR;
export const BROWSER_IDLE_MS = HOUR;
const COMMAND_LINE_MS = HOUR;
const STRONG_MS = 10 * MINUTE;
/** Of one person at a time; one more ends the one that was not used for longest. */
export const SESSIONS_MOST = 50;
/** How far a clock may be put back before what was done then counts as done in a time that is not yet. */
export const CLOCK_SLACK_MS = MINUTE;

export type SessionKind = 'browser' | 'command-line';
export interface SessionTimes {
  readonly kind: string;
  readonly started_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly seen_at: Date;
}

export function sessionEnd(kind: SessionKind, now: Date): Date {
  return new Date(now.getTime() + (kind === 'browser' ? BROWSER_MS : COMMAND_LINE_MS));
}
/**
 * A session lives until its end, until it is ended, or, in a browser, until nobody used it for an hour. While the clock tells of a time before it
 * was last seen it does not live: a clock that is put back must not prolong it.
 */
export function isLive({ kind, started_at, expires_at, ended_at, seen_at }: SessionTimes, now: Date): boolean {
  if (ended_at !== null || expires_at <= now || isAhead(started_at, now) || isAhead(seen_at, now)) return false;
  return kind !== 'browser' || now.getTime() - seen_at.getTime() < BROWSER_IDLE_MS;
}
/** Strong: proved in the last ten minutes. */
export function isStrong(strongAt: Date | null, now: Date): boolean {
  return strongAt !== null && !isAhead(strongAt, now) && now.getTime() - strongAt.getTime() < STRONG_MS;
}
/** Whole seconds that are left of it. */
export function provedFor(at: Date | null, now: Date): number {
  return isStrong(at, now) ? Math.floor((at!.getTime() + STRONG_MS - now.getTime()) / 1000) : 0;
}
function isAhead(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() > CLOCK_SLACK_MS;
}

export function permissionsOf(roles: readonly Role[]): Set<string> {
  return new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role]));
}

/**
 * What a limit counts: `free` tries cost nothing, then each waits twice as long as the one before. Each `easeMs` since the last one, one try is forgotten;
 * without tries for `forgetMs`, all are.
 */
export interface Limit {
  readonly free: number;
  readonly easeMs: number;
  readonly forgetMs: number;
}
export const ACCOUNT_LIMIT: Limit = { free: 5, easeMs: DAY, forgetMs: DAY };
/** Wide: behind one address may sit a whole company, or its proxy, where people mistype their passwords all day. */
export const ADDRESS_LIMIT: Limit = { free: 100, easeMs: 5 * MINUTE, forgetMs: 12 * HOUR };
const LONGEST_WAIT_MS = 15 * MINUTE;

/** How long the next try has to wait after this many. Never more than 15 minutes, so that nobody is locked out for good by another's guesses. */
export function waitAfter(tries: number, { free }: Limit): number {
  return tries < free ? 0 : Math.min(LONGEST_WAIT_MS, SECOND * 2 ** Math.min(30, tries - free + 1));
}

/** Where a try comes from, for counting: of IPv6 the network of 64 bits, since whoever has one address of it has them all. */
export function networkOf(address: string): string {
  const plain = address.split('%')[0]!.toLowerCase();
  if (!isIPv6(plain)) return plain;
  // As the URL standard writes it: groups without zeros in front, an IPv4 tail as two groups.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  const [high, low] = groups.slice(6).map((group) => Number.parseInt(group, 16)) as [number, number];
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Somebody must be able to let people in and out. `administrators` are the active persons who hold the role, by seals that hold. */
export function assertAdministratorRemains(administrators: readonly string[], leaving: string): void {
  if (administrators.includes(leaving) && new Set(administrators).size === 1) {
    throw peopleFailures.lastAdministrator('Cannot do this: the organisation would be without administrator; make another one first');
  }
}

/** Where invitation links lead: the first host that browsers may use, else loopback. */
export function baseUrl({ allowedHosts, host, port, tlsCertificate }: Pick<Config, 'allowedHosts' | 'host' | 'port' | 'tlsCertificate'>): string {
  const loopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  const [named] = allowedHosts;
  // Listening on loopback under another name means that a proxy stands in front, and it speaks TLS on the usual port.
  if (named !== undefined && loopback && !tlsCertificate) return `https://${named}`;
  const scheme = tlsCertificate ? 'https' : 'http';
  const usual = port === (tlsCertificate ? 443 : 80);
  return `${scheme}://${named ?? (host === '::1' ? '[::1]' : '127.0.0.1')}${usual ? '' : `:${port}`}`;
}

/** Spelled so that LIKE takes every character for itself. */
export function likePrefix(search: string): string {
  return `${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
