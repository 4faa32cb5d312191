import type { Operation } from '@underseal/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { renderApiPage } from './api-page.ts';

const FAILURE = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['kind', 'code', 'message', 'ref'],
      properties: {
        kind: { type: 'string' },
        code: { type: 'string' },
        message: { type: 'string' },
        ref: { type: 'string' },
        details: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};

export type OpenApi = ReturnType<typeof openApiOf>;

/** OpenAPI 3.1, made of the contracts. */
export function openApiOf(operations: readonly Operation[]) {
  const schemas: Record<string, unknown> = { Failure: FAILURE };
  const paths = Object.fromEntries(operations.map((operation) => [`/api/${operation.name}`, { post: describe(operation, schemas) }]));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Underseal',
      version: '0.1.0',
      description: 'Every operation is a POST of JSON by its name.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'underseal_session' } },
      schemas,
    },
    paths,
  };
}

function describe(operation: Operation, schemas: Record<string, unknown>) {
  const failed = (description: string) => ({ description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } } });
  return {
    operationId: operation.name,
    tags: [operation.name.split('.')[0]!],
    summary: operation.says,
    description: `${operation.kind === 'act' ? 'An' : 'A'} ${operation.kind}. Permission: \`${operation.needs}\`.${operation.about ? ` About \`${operation.about}\`: asks the gate.` : ''}`,
    ...(operation.needs === 'anyone' ? { security: [] } : { security: [{ bearer: [] }, { session: [] }] }),
    ...(operation.kind === 'act'
      ? { parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 8, maxLength: 128 } }] }
      : {}),
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(operation, 'input', schemas) } } },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: jsonSchema(operation, 'output', schemas) } } },
      400: failed('The input is wrong'),
      401: failed('Sign in first'),
      403: failed('Not allowed'),
      404: failed('No such thing, or none that you may know of'),
      409: failed('Something stands in the way'),
      413: failed('Too large'),
      429: failed('Too fast'),
      500: failed('A bug; quote the reference'),
      503: failed('Not now: try again in a moment'),
    },
  };
}
/** What a schema refers to within itself moves to the components: in the document, `#/$defs` would be another place. */
function jsonSchema(operation: Operation, io: 'input' | 'output', schemas: Record<string, unknown>) {
  const prefix = `${operation.name}.${io}.`;
  const text = JSON.stringify(z.toJSONSchema(operation[io], { io, unrepresentable: 'any' })).replaceAll('"#/$defs/', `"#/components/schemas/${prefix}`);
  const { $schema: _, $defs, ...rest } = JSON.parse(text) as Record<string, unknown>;
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[prefix + name] = definition;
  return rest;
}

/** The document for programs, and the same as a page for people. */
export async function serveOpenApi(app: FastifyInstance, operations: readonly Operation[]): Promise<void> {
  const document = openApiOf(operations);
  app.get('/openapi.json', async () => document);
  app.get('/openapi', async (request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderApiPage(document, { nonce: request.cspNonce, look: app.look })),
  );
}
