import type { FastifyInstance, FastifyRequest } from 'fastify';
import { failure } from '@underseal/contract';
import { z } from 'zod';
import { BYTES_PATH, findActor, httpFailures, LIVE_PATH, type HttpParts } from './parts.ts';

export function serveBytes(app: FastifyInstance, parts: HttpParts) {
  const { bytes } = parts;
  const again = (request: FastifyRequest) => () => findActor(request, parts);
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
    scope.put(BYTES_PATH, { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      if (!bytes.put || request.headers['content-type'] !== 'application/octet-stream')
        throw httpFailures.jsonOnly('Cannot read the body: send application/octet-stream');
      reply.header('cache-control', 'no-store');
      return bytes.put({ body: request.raw, headers: request.headers, ticket: ticketOf(request), actor: request.actor, again: again(request) });
    });
  });
  app.get(BYTES_PATH, async (request, reply) => {
    if (!bytes.get) throw httpFailures.pathMissing('Cannot find this path');
    const abort = new AbortController();
    request.raw.once('close', () => abort.abort());
    const { bytes: stream, size, name } = await bytes.get({ ticket: ticketOf(request), actor: request.actor, again: again(request), signal: abort.signal });
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
export function serveLive(app: FastifyInstance, parts: HttpParts) {
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
