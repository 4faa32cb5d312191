import { Failure, FAILURE_STATUS, type FailureBody } from '@underseal/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../db.ts';
import { httpFailures, type HttpParts } from './parts.ts';

/** Expected failures travel as they are; anything else is a bug, logged whole but told only by its reference. */
export function answerError({ log }: HttpParts, { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply }) {
  const known = toFailure(error);
  if (known?.kind === 'unavailable')
    log.warn({ err: error, ref: request.id }, known === error ? 'something is not to be had now' : 'the database could not be reached');
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
