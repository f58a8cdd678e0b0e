import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { assertRoutesDeclared } from './access.js';
import { BASE_PATH } from './base-path.js';
import { acceptForms } from './form-body.js';
import { acceptJsonOnly } from './json-body.js';
import { ProblemFilter } from './problem.filter.js';
import { declareMembers, observeRequests, requestId } from './request-hooks.js';
import { validationPipe } from './validation.js';
import { answerClientError, answerRouterError, watchTheWire } from './wire-faults.js';

const BODY_LIMIT = 64 * 1024;

/**
 * The Fastify adapter with our limits.
 * @param options `trustedProxyHops`: how many proxies in front are ours, so that the client's address is the one that
 *   the outermost of them saw, whatever a client writes into X-Forwarded-For; `logger`: receives one line per request,
 *   with all that belongs in it
 */
export function createAdapter(options: { trustedProxyHops: number; logger: Logger }): FastifyAdapter {
  const hops = options.trustedProxyHops;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    // Without proxies of ours nothing has to be parsed on each request.
    trustProxy: hops === 0 ? false : (_address: string, index: number) => index < hops,
    genReqId: requestId,
    requestIdHeader: false,
    // While draining, what still arrives on an open connection is served and told to go elsewhere next time.
    return503OnClosing: false,
    requestTimeout: 15_000,
    connectionTimeout: 0,
    // Longer than a gateway keeps an idle connection (Traefik: 90 s): a request must not meet one that is being closed.
    keepAliveTimeout: 95_000,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerRouterError,
    http: {
      requireHostHeader: false, // Node's refusal would have no body; watchTheWire refuses
      // By itself Node leaves 60 s for the headers, whatever a request may take, and looks for late ones each 30 s. The
      // more often it looks, the fewer it closes at a time: ten thousand at once held everything else up for a second.
      headersTimeout: 15_000,
      connectionsCheckingInterval: 200,
    },
    routerOptions: { maxParamLength: 128 },
    skipMiddie: true, // there is no middleware: hooks and guards do its work
  });
  const fastify = adapter.getInstance() as FastifyInstance;
  declareMembers(fastify);
  observeRequests(fastify, options.logger);
  watchTheWire(fastify);
  acceptJsonOnly(fastify);
  acceptForms(fastify);
  return adapter;
}

/** Prefix, validation and the one error filter; to be called before `init`. */
export function configureHttp(app: NestFastifyApplication): void {
  app.setGlobalPrefix(BASE_PATH, { exclude: ['jw-certs'] });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  assertRoutesDeclared(app);
}
