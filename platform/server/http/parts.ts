import type { IncomingMessage } from 'node:http';
import { failure, type Operation } from '@underseal/contract';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../actor.ts';
import type { Look } from '../api-page.ts';
import type { Run } from '../door.ts';
import type { Live } from '../live.ts';
import type { Log } from '../log.ts';

export const httpFailures = {
  jsonOnly: failure('invalid', 'platform.json_only'),
  hostUnknown: failure('denied', 'platform.host_unknown'),
  originForeign: failure('denied', 'platform.origin_foreign'),
  proxyUnknown: failure('denied', 'platform.proxy_unknown'),
  pathMissing: failure('missing', 'platform.path_missing'),
  tooLarge: failure('too_large', 'platform.too_large'),
  tooFast: failure('limit', 'platform.too_fast'),
  setUpFirst: failure('denied', 'platform.set_up_first'),
  databaseAway: failure('unavailable', 'platform.database_away'),
};
export const SESSION_COOKIE = 'underseal_session';
/** Says that somebody signed in by this browser once; it opens nothing. Browsers keep none for longer than 400 days. */
export const DEVICE_COOKIE = 'underseal_device';
export const LIVE_PATH = '/api/live';
export const BYTES_PATH = '/bytes/:ticket';

/** How bytes come and go for a spent ticket; features register themselves by the ticket's kind. */
export interface ByteDoor {
  /** `again`: who asks, by the session that began it, asked anew while bytes flow; undefined once it has ended. */
  put?(request: {
    body: IncomingMessage;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    ticket: string;
    actor: Actor;
    again: () => Promise<Actor | undefined>;
  }): Promise<unknown>;
  get?(request: {
    ticket: string;
    actor: Actor;
    again: () => Promise<Actor | undefined>;
    signal: AbortSignal;
  }): Promise<{ bytes: AsyncIterable<Uint8Array>; size: number; name: string }>;
}
export interface CookieChange {
  readonly session?: { readonly token: string; readonly expiresAt: string } | 'clear';
  readonly device?: string;
}
export interface HttpParts {
  readonly run: Run;
  readonly operations: ReadonlyMap<string, { operation: Operation }>;
  readonly authenticate: {
    byCookie(token: string, address: string, how: { quietly: boolean }): Promise<Actor | undefined>;
    byBearer(token: string, address: string, how: { quietly: boolean }): Promise<Actor | undefined>;
  };
  /** What an answer does to the browser's cookies: open a session, end it, know the device, or nothing. */
  readonly cookieOf: (operation: string, input: unknown, answer: unknown) => CookieChange | undefined;
  readonly bytes: ByteDoor;
  readonly live: Live;
  readonly log: Log;
  readonly allowedHosts: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly tls: { cert: Buffer; key: Buffer } | undefined;
  readonly isReady: () => Promise<{ ready: boolean; parts: Record<string, boolean> }>;
  /** Entries that were put aside, and room for documents, where their place knows how much. */
  readonly measure: () => Promise<{ readonly parked: number; readonly freeBytes: number | null }>;
  /** Until set up, only loopback is served. */
  readonly isInstalled: () => Promise<boolean>;
}

declare module 'fastify' {
  interface FastifyInstance {
    look?: Look;
  }
  interface FastifyRequest {
    actor: Actor;
    cspNonce: string;
    begun: number;
  }
  interface FastifyContextConfig {
    /** The operation that the route serves. */
    operation?: string;
  }
}

/** Undefined for a stranger. A page that listens, and comes back to it by itself, is no use of the session: nobody may be there. */
export async function findActor(request: FastifyRequest, { authenticate }: HttpParts): Promise<Actor | undefined> {
  const bearer = /^Bearer ([\x21-\x7e]{10,200})$/.exec(request.headers.authorization ?? '')?.[1];
  const token = request.cookies[SESSION_COOKIE];
  const how = { quietly: request.routeOptions.url === LIVE_PATH };
  if (bearer) return authenticate.byBearer(bearer, request.ip, how);
  return token ? authenticate.byCookie(token, request.ip, how) : undefined;
}
