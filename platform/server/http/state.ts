import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { httpFailures, type HttpParts } from './parts.ts';

export function serveState(app: FastifyInstance, { isReady, measure }: HttpParts) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'underseal_operation_seconds',
    help: 'Time to answer, by operation and status',
    labelNames: ['operation', 'status'],
    registers: [registry],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
  });
  new Gauge({
    name: 'underseal_parked_entries',
    help: 'Entries that a reaction could not work off yet; they are tried again',
    registers: [registry],
    async collect() {
      this.set((await measure()).parked);
    },
  });
  new Gauge({
    name: 'underseal_blob_free_bytes',
    help: 'Room for documents; 0 where none can be written',
    registers: [registry],
    async collect() {
      this.set((await measure()).freeBytes ?? Infinity);
    },
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
