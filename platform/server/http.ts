import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import { Failure, FAILURE_STATUS, failure, type FailureBody } from '@underseal/contract';
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Registry, collectDefaultMetrics, Histogram } from 'prom-client';
import { z } from 'zod';
import { stranger, type Actor } from './actor.ts';
import { isDatabaseAway } from './db.ts';
import type { Run } from './door.ts';
import type { Operation } from '@underseal/contract';
import type { Live } from './live.ts';
import type { Log } from './log.ts';
import { serveSecurityHeaders } from './headers.ts';
import { serveOpenApi } from './openapi.ts';
import type { Look } from './api-page.ts';

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
const DEVICE_SECONDS = 400 * 24 * 3600;
const LIVE_PATH = '/api/live';

/** How bytes come and go for a spent ticket; features register themselves by the ticket's kind. */
export interface ByteDoor {
  /** `isSignedIn`: whether the session that began it still is, asked again while bytes flow. */
  put?(request: {
    body: IncomingMessage;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    ticket: string;
    actor: Actor;
    isSignedIn: () => Promise<boolean>;
  }): Promise<unknown>;
  get?(request: {
    ticket: string;
    actor: Actor;
    isSignedIn: () => Promise<boolean>;
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

/** The one adapter from contracts to HTTP: JSON only, same origin only, known hosts only. */
export async function createHttp(parts: HttpParts): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: parts.log as never,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1 << 20,
    trustProxy: parts.trustedProxies.length > 0 ? [...parts.trustedProxies] : false,
    genReqId: () => randomBytes(9).toString('base64url'),
    requestTimeout: 0,
    // A connection over which nothing moves; the longest inspection answers earlier.
    connectionTimeout: 180_000,
    routerOptions: { maxParamLength: 200 },
    ...(parts.tls ? { https: { ...parts.tls, minVersion: 'TLSv1.2' } as never } : {}),
  }) as unknown as FastifyInstance;
  // Node takes none for its own where requests, such as uploads, may last.
  app.server.headersTimeout = 15_000;
  app.server.maxConnections = 5_000;
  shareConnections(app, parts.trustedProxies);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    if (hasTooManyParts(body as Buffer)) return done(httpFailures.jsonOnly('Cannot read the body: a large one may hold long texts, but not many parts'));
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(body as Buffer);
      done(null, JSON.parse(text, dropPrototype));
    } catch {
      done(httpFailures.jsonOnly('Cannot read the body: it is not JSON in UTF-8'));
    }
  });
  app.addContentTypeParser('application/octet-stream', (_request, _body, done) => done(null));
  app.decorateRequest('actor');
  app.decorateRequest('cspNonce', '');
  app.decorateRequest('begun', 0);
  app.setErrorHandler((error, request, reply) => answerError(parts, { error, request, reply }));
  app.setNotFoundHandler((request, reply) => answerError(parts, { error: httpFailures.pathMissing('Cannot find this path'), request, reply }));

  await app.register(cookie);
  await app.register(rateLimit, {
    global: true,
    max: 1200,
    timeWindow: '1 minute',
    allowList: (request) => request.url.startsWith('/assets/'),
    // Whoever is known has a share of his own; a token that nobody gave out is no way to another one.
    keyGenerator: (request) => (request.actor.kind === 'stranger' ? request.ip : (request.actor.madeBy ?? request.actor.id)),
    errorResponseBuilder: () => httpFailures.tooFast('Cannot answer so many requests: wait a minute'),
  });
  serveSecurityHeaders(app);
  guardRequests(app, parts);
  serveOperations(app, parts);
  serveBytes(app, parts);
  serveLive(app, parts);
  serveState(app, parts);
  await serveOpenApi(
    app,
    [...parts.operations.values()].map(({ operation }) => operation),
  );
  return app;
}

const CONNECTIONS_OF_ONE = 500;
/** One machine does not take the connections of all others; a proxy that was named speaks for many. */
function shareConnections(app: FastifyInstance, trusted: readonly string[]) {
  const open = new Map<string, number>();
  app.server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (trusted.includes(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > CONNECTIONS_OF_ONE) return void socket.destroy();
    open.set(address, count);
    socket.once('close', () => {
      const left = open.get(address)! - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
}

const PARTS_MOST = 20_000;
const PARTS_OF_LARGE = 1000;
/** A long text is read into as much memory as it has letters; millions of empty lists take fifty times theirs, and stop everything meanwhile. */
function hasTooManyParts(body: Buffer): boolean {
  const most = body.length > LARGE_BODY ? PARTS_OF_LARGE : PARTS_MOST;
  let parts = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = endOfText(body, at);
      if (at < 0) return false;
    } else if ((byte === COMMA || byte === LIST || byte === OBJECT) && ++parts > most) return true;
  }
  return false;
}
const [QUOTE, COMMA, LIST, OBJECT, ESCAPE] = Buffer.from('",[{\\') as unknown as [number, number, number, number, number];
/** Where the quote stands that ends the text begun at `from`: one with an even number of escapes before it. */
function endOfText(body: Buffer, from: number): number {
  for (let at = body.indexOf(QUOTE, from + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (body[at - 1 - escapes] === ESCAPE) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

/** Host list, same origin, who asks: in this order, before any handler. */
function guardRequests(app: FastifyInstance, parts: HttpParts) {
  app.addHook('onRequest', async (request) => {
    request.begun = performance.now();
    request.actor = stranger(request.ip);
    assertHost(request, parts.allowedHosts);
    assertProxyKnown(request, parts.trustedProxies);
    if (request.url.startsWith('/api/')) endIfEndless(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') assertSameOrigin(request);
    if (!isLoopback(request.ip) && !(await parts.isInstalled())) throw httpFailures.setUpFirst('Cannot serve other machines yet: set up on this machine first');
    const device = request.cookies[DEVICE_COOKIE];
    request.actor = { ...((await findActor(request, parts)) ?? stranger(request.ip)), ...(device && device.length <= 100 ? { device } : {}) };
  });
}

/** Undefined for a stranger. A page that listens, and comes back to it by itself, is no use of the session: nobody may be there. */
async function findActor(request: FastifyRequest, { authenticate }: HttpParts): Promise<Actor | undefined> {
  const bearer = /^Bearer ([\x21-\x7e]{10,200})$/.exec(request.headers.authorization ?? '')?.[1];
  const token = request.cookies[SESSION_COOKIE];
  const how = { quietly: request.routeOptions.url === LIVE_PATH };
  if (bearer) return authenticate.byBearer(bearer, request.ip, how);
  return token ? authenticate.byCookie(token, request.ip, how) : undefined;
}

function assertHost(request: FastifyRequest, allowed: readonly string[]) {
  const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]', ...allowed].includes(host))
    throw httpFailures.hostUnknown('Cannot serve this host name: add it to UNDERSEAL_ALLOWED_HOSTS');
}

const PROXY_HEADERS: ReadonlySet<string> = new Set(['forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip']);
/** Behind a proxy that nobody named, everybody would have its address, and seem to be on this machine. */
function assertProxyKnown({ headers }: FastifyRequest, trusted: readonly string[]) {
  const isForwarded = Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || PROXY_HEADERS.has(name));
  if (isForwarded && trusted.length === 0)
    throw httpFailures.proxyUnknown('Cannot serve a forwarded request: name the address of the proxy in UNDERSEAL_TRUSTED_PROXIES');
}

const BODY_MS = 30_000;
const LARGE_BODY_MS = 5 * 60_000;
/** A body of JSON arrives within half a minute, or never; one that says that it is large may take some. */
function endIfEndless({ raw }: FastifyRequest) {
  const timer = setTimeout(() => raw.destroy(), Number(raw.headers['content-length'] ?? 0) > LARGE_BODY ? LARGE_BODY_MS : BODY_MS);
  timer.unref();
  raw.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

/** A browser says where a request comes from; programs say nothing and carry no cookie. */
function assertSameOrigin(request: FastifyRequest) {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const own = `${request.protocol}://${request.headers.host}`;
  const foreign = (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== own);
  const unproven = site === undefined && origin === undefined && request.cookies[SESSION_COOKIE] !== undefined;
  if (foreign || unproven) throw httpFailures.originForeign('Cannot serve a request from another site');
}

/** Large bodies are held in memory while they are read: so many bytes of them at once, of all callers together, and of one. */
const STRANGERS_BODY = 16 << 10;
const LARGE_BODY = 1 << 20;
const LARGE_BODIES = 400 << 20;
const LARGE_BODIES_OF_ONE = 200 << 20;

/** Keeps who may not send a large body, or sends too many at once, from being listened to: before a byte of it is read. */
function createLargeBodies({ run }: Pick<HttpParts, 'run'>) {
  const held = new Map<string, number>();
  let all = 0;
  return async (request: FastifyRequest, reply: FastifyReply, { name, needs, bodyLimit }: Operation) => {
    // Always refused, and counted as every refusal.
    if (request.actor.kind === 'stranger' && needs !== 'anyone') await run(name, request.actor, {});
    const bytes = Number(request.headers['content-length'] ?? bodyLimit);
    if (bytes <= LARGE_BODY || bytes > bodyLimit) return;
    const who = request.actor.madeBy ?? request.actor.id;
    const own = held.get(who) ?? 0;
    if (all + bytes > LARGE_BODIES || own + bytes > LARGE_BODIES_OF_ONE)
      throw httpFailures.tooFast('Cannot take so much at once: wait until what is being inspected is done');
    all += bytes;
    held.set(who, own + bytes);
    reply.raw.once('close', () => {
      all -= bytes;
      const left = held.get(who)! - bytes;
      if (left > 0) held.set(who, left);
      else held.delete(who);
    });
  };
}

function serveOperations(app: FastifyInstance, { run, operations, cookieOf }: HttpParts) {
  const admit = createLargeBodies({ run });
  for (const { operation } of operations.values()) {
    const large = operation.bodyLimit > LARGE_BODY ? { onRequest: (request: FastifyRequest, reply: FastifyReply) => admit(request, reply, operation) } : {};
    // Nobody is asked who he is before his body is read: it is a small one.
    const bodyLimit = operation.needs === 'anyone' ? Math.min(operation.bodyLimit, STRANGERS_BODY) : operation.bodyLimit;
    const options = { bodyLimit, config: { operation: operation.name }, ...large };
    app.post(`/api/${operation.name}`, options, async (request, reply) => {
      if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw httpFailures.jsonOnly('Cannot read the body: send application/json');
      const key = request.headers['idempotency-key'];
      const answer = await run(operation.name, request.actor, request.body ?? {}, typeof key === 'string' ? { idempotencyKey: key } : {});
      const change = cookieOf(operation.name, request.body, answer);
      reply.header('cache-control', 'no-store');
      return change === undefined ? answer : setCookies(request, reply, { change, answer: answer as object });
    });
  }
}

function setCookies({ protocol }: FastifyRequest, reply: FastifyReply, { change: { session, device }, answer }: { change: CookieChange; answer: object }) {
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure: protocol === 'https' } as const;
  if (session === 'clear') reply.clearCookie(SESSION_COOKIE, options);
  else if (session) reply.setCookie(SESSION_COOKIE, session.token, { ...options, expires: new Date(session.expiresAt) });
  if (device) reply.setCookie(DEVICE_COOKIE, device, { ...options, maxAge: DEVICE_SECONDS });
  // A script in the page has no use for what the browser keeps.
  return { ...answer, ...(session && session !== 'clear' ? { sessionToken: '' } : {}), ...(device ? { device: '' } : {}) };
}

function serveBytes(app: FastifyInstance, parts: HttpParts) {
  const { bytes } = parts;
  const again = (request: FastifyRequest) => async () => (await findActor(request, parts)) !== undefined;
  const params = z.object({ ticket: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
  const ticketOf = (request: FastifyRequest) => {
    const parsed = params.safeParse(request.params);
    if (!parsed.success) throw httpFailures.pathMissing('Cannot find this path');
    return parsed.data.ticket;
  };
  // Here alone a body may be of any size, and here alone nothing is gathered in memory: every other kind of body is refused unread.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/octet-stream', (_request, _body, done) => done(null));
    scope.put('/bytes/:ticket', { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      if (!bytes.put || request.headers['content-type'] !== 'application/octet-stream')
        throw httpFailures.jsonOnly('Cannot read the body: send application/octet-stream');
      reply.header('cache-control', 'no-store');
      return bytes.put({ body: request.raw, headers: request.headers, ticket: ticketOf(request), actor: request.actor, isSignedIn: again(request) });
    });
  });
  app.get('/bytes/:ticket', async (request, reply) => {
    if (!bytes.get) throw httpFailures.pathMissing('Cannot find this path');
    const abort = new AbortController();
    request.raw.once('close', () => abort.abort());
    const {
      bytes: stream,
      size,
      name,
    } = await bytes.get({ ticket: ticketOf(request), actor: request.actor, isSignedIn: again(request), signal: abort.signal });
    reply.headers({
      'content-type': 'application/octet-stream',
      'content-length': size,
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`,
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    const { Readable } = await import('node:stream');
    return reply.send(Readable.from(stream, { objectMode: false, highWaterMark: 1 << 16 }));
  });
}

/** A page that does not read what it is told is let go, before much is kept for it. */
const UNREAD_MOST = 1 << 18;
function serveLive(app: FastifyInstance, parts: HttpParts) {
  app.get(LIVE_PATH, async (request, reply) => {
    if (request.actor.kind !== 'person') throw failure('unauthenticated', 'platform.sign_in_needed')('Cannot listen: sign in first');
    if (!parts.live.hasRoomFor(request.actor)) throw httpFailures.tooFast('Cannot listen: too many pages are listening already');
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const write = (text: string) => {
      if (raw.destroyed || raw.writableEnded) stop();
      else if (raw.writableLength > UNREAD_MOST) raw.destroy();
      else raw.write(text);
    };
    const stop = parts.live.listen({
      actor: request.actor,
      again: () => findActor(request, parts),
      tell: (message) => write(`data: ${JSON.stringify(message)}\n\n`),
      reset: () => write('event: reset\ndata: {}\n\n'),
      beat: () => write(': still here\n\n'),
      end() {
        stop();
        raw.end();
      },
    });
    raw.once('close', stop);
    write(': listening\n\n');
  });
}

function serveState(app: FastifyInstance, { isReady }: HttpParts) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'underseal_operation_seconds',
    help: 'Time to answer, by operation and status',
    labelNames: ['operation', 'status'],
    registers: [registry],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
  });
  app.addHook('onResponse', async (request, reply) => {
    const operation = request.routeOptions.config.operation ?? request.routeOptions.url ?? 'none';
    durations.observe({ operation, status: reply.statusCode }, (performance.now() - request.begun) / 1000);
    request.log.info({ operation, status: reply.statusCode, actor: request.actor?.id, ms: Math.round(performance.now() - request.begun) }, 'answered');
  });
  app.get('/healthz', async () => ({ ok: true }));
  app.get('/readyz', async (_request, reply) => {
    const state = await isReady();
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  app.get('/metrics', async (request, reply) => {
    if (!request.actor.permissions.has('platform:operate')) throw httpFailures.pathMissing('Cannot find this path');
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** Expected failures travel as they are; anything else is a bug, logged whole but told only by its reference. */
function answerError({ log }: HttpParts, { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply }) {
  const known = toFailure(error);
  if (known?.kind === 'unavailable') log.warn({ err: error, ref: request.id }, 'the database could not be reached');
  if (known) {
    const body: FailureBody = {
      error: { kind: known.kind, code: known.code, message: known.message, ref: request.id, ...(known.details.length > 0 ? { details: known.details } : {}) },
    };
    return reply.code(FAILURE_STATUS[known.kind]).header('cache-control', 'no-store').type('application/json').send(JSON.stringify(body));
  }
  log.error({ err: error, ref: request.id, operation: request.routeOptions.config?.operation }, 'a bug answered a request');
  const body: FailureBody = { error: { kind: 'bug', code: 'platform.bug', message: `Something went wrong (ref ${request.id})`, ref: request.id } };
  return reply.code(500).type('application/json').send(JSON.stringify(body));
}

function toFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (isDatabaseAway(error)) return httpFailures.databaseAway('Cannot reach the database just now: try again in a moment');
  const code = (error as { code?: string } | undefined)?.code;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return httpFailures.tooLarge('Cannot read the body: it is too large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return httpFailures.jsonOnly('Cannot read the body: send application/json');
  if (code?.startsWith('FST_ERR_CTP') || code === 'FST_ERR_VALIDATION') return httpFailures.jsonOnly('Cannot read the body');
  // What the file server refuses (a path that climbs out, a range that is none) is no bug of ours.
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  if (code === 'FST_ERR_BAD_URL' || (typeof status === 'number' && status >= 400 && status < 500)) return httpFailures.pathMissing('Cannot find this path');
  return undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
