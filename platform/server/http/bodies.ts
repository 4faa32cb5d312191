import type { Operation } from '@underseal/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { httpFailures, type HttpParts } from './parts.ts';

export const STRANGERS_BODY = 16 << 10;
export const LARGE_BODY = 1 << 20;
/** Large bodies are held in memory while they are read: so many bytes of them at once, of all callers together, and of one. */
const LARGE_BODIES = 400 << 20;
const LARGE_BODIES_OF_ONE = 200 << 20;

/** JSON in UTF-8 alone, and bytes where a route reads them itself. */
export function takeBodies(app: FastifyInstance) {
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
}

const PARTS_MOST = 20_000;
const PARTS_OF_LARGE = 1000;
/** A long text is read into as much memory as it has letters; millions of empty lists take fifty times theirs, and stop everything meanwhile. */
function hasTooManyParts(body: Buffer): boolean {
  const most = body.length > LARGE_BODY ? PARTS_OF_LARGE : PARTS_MOST;
  let parts = 0;
  let inText = false;
  // One byte after the other, whatever they are: who sends them chooses them.
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) inText = !inText;
    else if (!inText) {
      if ((byte === COMMA || byte === LIST || byte === OBJECT) && ++parts > most) return true;
    } else if (byte === ESCAPE) at++;
  }
  return false;
}
const [QUOTE, COMMA, LIST, OBJECT, ESCAPE] = Buffer.from('",[{\\') as unknown as [number, number, number, number, number];

function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

const BODY_MS = 30_000;
const LARGE_BODY_MS = 5 * 60_000;
/** A body of JSON arrives within half a minute, or never; one that says that it is large may take some. */
export function endIfEndless({ raw }: Pick<FastifyRequest, 'raw'>, { within = withinOf(raw) } = {}) {
  // Without a body there is no end of it to wait for: the answer may take as long as it takes.
  if (bytesOf(raw) === 0 && raw.headers['transfer-encoding'] === undefined) return;
  const timer = setTimeout(() => raw.destroy(), within);
  timer.unref();
  raw.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}
function bytesOf({ headers }: FastifyRequest['raw']): number {
  return Number(headers['content-length'] ?? 0);
}
function withinOf(raw: FastifyRequest['raw']): number {
  return bytesOf(raw) > LARGE_BODY ? LARGE_BODY_MS : BODY_MS;
}

/** Keeps who may not send a large body, or sends too many at once, from being listened to: before a byte of it is read. */
export function createLargeBodies({ run }: Pick<HttpParts, 'run'>) {
  const held = new Map<string, number>();
  let all = 0;
  return async (request: FastifyRequest, reply: FastifyReply, { name, needs, bodyLimit }: Operation) => {
    // Always refused, and counted as every refusal.
    if (request.actor.kind === 'stranger' && needs !== 'anyone') await run(name, request.actor, {});
    const bytes = Number(request.headers['content-length'] ?? bodyLimit);
    if (bytes <= LARGE_BODY || bytes > bodyLimit) return;
    if (needs !== 'anyone' && needs !== 'self' && !request.actor.permissions.has(needs)) await run(name, request.actor, {});
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
