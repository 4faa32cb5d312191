import type { Operation } from '@underseal/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

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

/** OpenAPI 3.1, made of the contracts. */
export function openApiOf(operations: readonly Operation[]) {
  const paths = Object.fromEntries(operations.map((operation) => [`/api/${operation.name}`, { post: describe(operation) }]));
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
      schemas: { Failure: FAILURE },
    },
    paths,
  };
}

function describe(operation: Operation) {
  const failed = (description: string) => ({ description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } } });
  return {
    operationId: operation.name,
    tags: [operation.name.split('.')[0]],
    summary: operation.says,
    description: `A ${operation.kind}. Permission: \`${operation.needs}\`.${operation.about ? ` About \`${operation.about}\`: asks the gate.` : ''}`,
    ...(operation.needs === 'anyone' ? { security: [] } : { security: [{ bearer: [] }, { session: [] }] }),
    ...(operation.kind === 'act'
      ? { parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', minLength: 8, maxLength: 128 } }] }
      : {}),
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(operation.input, 'input') } } },
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: jsonSchema(operation.output, 'output') } } },
      400: failed('The input is wrong'),
      401: failed('Sign in first'),
      403: failed('Not allowed'),
      404: failed('No such thing, or none that you may know of'),
      409: failed('Something stands in the way'),
      413: failed('Too large'),
      429: failed('Too fast'),
      500: failed('A bug; quote the reference'),
    },
  };
}
function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return rest;
}

export async function serveOpenApi(app: FastifyInstance, operations: readonly Operation[]): Promise<void> {
  const document = openApiOf(operations);
  app.get('/openapi.json', async () => document);
}
