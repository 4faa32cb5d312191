import type { FastifyInstance, FastifyRequest } from 'fastify';
import { stranger } from '../actor.ts';
import { endIfEndless } from './bodies.ts';
import { BYTES_PATH, DEVICE_COOKIE, findActor, httpFailures, SESSION_COOKIE, type HttpParts } from './parts.ts';

const CONNECTIONS_OF_ONE = 500;
/** One machine does not take the connections of all others; a proxy that was named speaks for many. */
export function shareConnections(app: FastifyInstance, trusted: readonly string[]) {
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

const FOR_SOMEBODY = /^\/(?:api|bytes|metrics)(?:[/?]|$)/;
/** Host list, same origin, who asks: in this order, before any handler. */
export function guardRequests(app: FastifyInstance, parts: HttpParts) {
  app.addHook('onRequest', async (request) => {
    request.begun = performance.now();
    request.actor = stranger(request.ip);
    assertHost(request, parts.allowedHosts);
    assertProxyKnown(request, parts.trustedProxies);
    // Content alone may take its time: by the route, since one path has many spellings.
    if (request.routeOptions.url !== BYTES_PATH || request.method !== 'PUT') endIfEndless(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') assertSameOrigin(request);
    if (!isLoopback(request.ip) && !(await parts.isInstalled())) throw httpFailures.setUpFirst('Cannot serve other machines yet: set up on this machine first');
    // Pages, their parts and what is not there are the same for everybody: they are no way to have the database asked.
    if (request.is404 || !FOR_SOMEBODY.test(request.url)) return;
    const device = request.cookies[DEVICE_COOKIE];
    request.actor = { ...((await findActor(request, parts)) ?? stranger(request.ip)), ...(device && device.length <= 100 ? { device } : {}) };
  });
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

/** A browser says where a request comes from; programs say nothing and carry no cookie. */
function assertSameOrigin(request: FastifyRequest) {
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const own = `${request.protocol}://${request.headers.host}`;
  const foreign = (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== own);
  const unproven = site === undefined && origin === undefined && request.cookies[SESSION_COOKIE] !== undefined;
  if (foreign || unproven) throw httpFailures.originForeign('Cannot serve a request from another site');
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
