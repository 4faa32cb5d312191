import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { serveSecurityHeaders } from './headers.ts';
import { createLargeBodies, LARGE_BODY, STRANGERS_BODY, takeBodies } from './http/bodies.ts';
import { answerError } from './http/errors.ts';
import { guardRequests, shareConnections } from './http/guards.ts';
import { DEVICE_COOKIE, httpFailures, SESSION_COOKIE, type CookieChange, type HttpParts } from './http/parts.ts';
import { serveState } from './http/state.ts';
import { serveBytes, serveLive } from './http/streams.ts';
import { serveOpenApi } from './openapi.ts';

const DEVICE_SECONDS = 400 * 24 * 3600;

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
  takeBodies(app);
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
