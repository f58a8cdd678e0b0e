import { AsyncLocalStorage } from 'node:async_hooks';
import { hash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import type { z } from 'zod';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';

interface Order {
  port: number;
  path: string;
  /** What every request must bring. */
  authorization: string;
  headers: Record<string, string>;
  /** Of the access lines. */
  logFile: string;
}

interface Durations {
  observe(seconds: number, ...labels: string[]): void;
}

const LIBS = join(ROOT, 'dist/apps/api/libs');
const { acceptJsonOnly } = (await import(join(LIBS, 'platform/http/src/json-body.js'))) as {
  acceptJsonOnly(server: FastifyInstance): void;
};
const { headerValues } = (await import(join(LIBS, 'platform/http/src/header-values.js'))) as {
  headerValues(request: FastifyRequest, name: string): string[];
};
const { basicCredentials } = (await import(join(LIBS, 'policy/src/http/basic-credentials.js'))) as {
  basicCredentials(headers: string[]): { secret: string } | undefined;
};
const { checkSchema } = (await import(join(LIBS, 'policy/src/http/checks.schemas.js'))) as { checkSchema: z.ZodType };
const { DurationHistogram } = (await import(join(LIBS, 'platform/telemetry/src/duration-histogram.js'))) as {
  DurationHistogram: new (name: string, help: string, labels: string[], bounds: number[]) => Durations;
};

/**
 * The least that a check may do by its contract, with our own functions and nothing around them: no Nest, no guards, no
 * policies but one answer out of a Map. What is left to Nest and to us is what this is faster.
 */
answerParent(async ({ port, path, authorization, headers, logFile }: Order) => {
  const server = fastify({ genReqId: () => randomUUID() });
  acceptJsonOnly(server);
  const context = new AsyncLocalStorage<object>();
  observe(server, { context, headers, path, logger: pino(createWriteStream(logFile)) });
  const digest = hash('sha256', basicCredentials([authorization])?.secret ?? '', 'buffer');
  const decisions = new Map<string, object>();
  server.post(path, (request, reply) => {
    const credentials = basicCredentials(headerValues(request, 'authorization'));
    if (!credentials || !timingSafeEqual(hash('sha256', credentials.secret, 'buffer'), digest))
      throw new Error('not he');
    const key = Object.values(checkSchema.parse(request.body) as object).join(' ');
    const known = decisions.get(key) ?? { allowed: true, policyId: '100000010' };
    decisions.set(key, known);
    void reply.send(known);
  });
  await server.listen({ port, host: '127.0.0.1' });
});

/** Headers, context, duration and access line of every request. */
function observe(
  server: FastifyInstance,
  how: { context: AsyncLocalStorage<object>; headers: Record<string, string>; path: string; logger: Logger },
): void {
  const { context, headers, path: route, logger } = how;
  const durations = new DurationHistogram(
    'seconds',
    'How long.',
    ['method', 'route', 'status_class'],
    [0.001, 0.01, 0.1],
  );
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id);
    context.run(request, done);
  });
  server.addHook('preValidation', (request, _reply, done) => context.run(request, done));
  server.addHook('onResponse', ({ id, method }, { elapsedTime, statusCode }, done) => {
    durations.observe(elapsedTime / 1000, method, route, '2xx');
    logger.info({
      requestId: id,
      method,
      route,
      status: statusCode,
      durationMs: Math.round(elapsedTime),
      msg: 'request',
    });
    done();
  });
}
