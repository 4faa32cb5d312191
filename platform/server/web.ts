import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { Look } from './api-page.ts';
import { httpFailures } from './http/parts.ts';

const NONCE = '__CSP_NONCE__';

/** Serves the built web: hashed assets for ever, the one page for every path of the app, with this answer's nonce in it. */
export async function serveWeb(app: FastifyInstance, dist: string): Promise<void> {
  const page = await readFile(path.join(dist, 'index.html'), 'utf8');
  app.decorate('look', lookOf(page));
  await app.register(fastifyStatic, { root: path.join(dist, 'assets'), prefix: '/assets/', immutable: true, maxAge: '365d', index: false, dotfiles: 'deny' });
  app.get('/*', async (request, reply) => {
    if (/^\/(api|bytes)\//.test(request.url) || /\.[a-z0-9]{1,5}(\?|$)/i.test(request.url)) throw httpFailures.pathMissing('Cannot find this path');
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page.replaceAll(NONCE, request.cspNonce));
  });
}

/** The stylesheets and the icon that the built page names, for pages that are not the app's. */
function lookOf(page: string): Look {
  const links = [...page.matchAll(/<link [^>]*>/g)].map(([tag]) => ({
    rel: / rel="([^"]*)"/.exec(tag)?.[1],
    href: / href="(\/assets\/[\w.-]+)"/.exec(tag)?.[1],
  }));
  const of = (rel: string) => links.flatMap((link) => (link.rel === rel && link.href !== undefined ? [link.href] : []));
  return { stylesheets: of('stylesheet'), icon: of('icon')[0] };
}
