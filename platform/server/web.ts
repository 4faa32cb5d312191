import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { httpFailures } from './http.ts';

const NONCE = '__CSP_NONCE__';

/** Serves the built web: hashed assets for ever, the one page for every path of the app, with this answer's nonce in it. */
export async function serveWeb(app: FastifyInstance, dist: string): Promise<void> {
  const page = await readFile(path.join(dist, 'index.html'), 'utf8');
  await app.register(fastifyStatic, { root: path.join(dist, 'assets'), prefix: '/assets/', immutable: true, maxAge: '365d', index: false, dotfiles: 'deny' });
  app.get('/*', async (request, reply) => {
    if (/^\/(api|bytes)\//.test(request.url) || /\.[a-z0-9]{1,5}(\?|$)/i.test(request.url)) throw httpFailures.pathMissing('Cannot find this path');
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page.replaceAll(NONCE, request.cspNonce));
  });
}
