import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { DomainError } from '@platform/kernel';
import { assertRoutesDeclared } from './access.js';
import { BASE_PATH } from './base-path.js';
import { acceptJsonOnly } from './json-body.js';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { observeRequests, requestId } from './request-hooks.js';
import { validationPipe } from './validation.js';

const BODY_LIMIT = 64 * 1024;

/**
 * The Fastify adapter with our limits.
 * @param options `trustedProxyHops`: how many proxies in front are ours, so that the client's address is the one that
 *   the outermost of them saw, whatever a client writes into X-Forwarded-For; `logger`: receives one line per request
 */
export function createAdapter(options: { trustedProxyHops: number; logger: Logger }): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: (_address, index) => index < options.trustedProxyHops,
    genReqId: requestId,
    requestIdHeader: false,
    // While draining, what still arrives on an open connection is served and told to go elsewhere next time.
    return503OnClosing: false,
    requestTimeout: 15_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 128 },
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  observeRequests(fastify, options.logger);
  acceptJsonOnly(fastify);
  return adapter;
}

/** Prefix, security headers, validation and the one error filter; to be called before `init`. */
export function configureHttp(app: NestFastifyApplication): void {
  app.setGlobalPrefix(BASE_PATH, { exclude: ['jw-certs'] });
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: "'self'",
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"], // Swagger UI sets style attributes
        objectSrc: "'none'",
        baseUri: "'none'",
        formAction: "'self'",
        frameAncestors: "'none'",
      },
    },
    crossOriginResourcePolicy: { policy: 'same-site' },
  });
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  assertRoutesDeclared(app);
}

/** What does not even parse as HTTP gets a problem document too; the socket is closed after it. */
function answerClientError(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const id = requestId({ headers: {} });
  const refusal = new DomainError({
    code: 'request.malformed',
    kind: 'malformed',
    message: 'This is not a usable HTTP request.',
  });
  const body = JSON.stringify({
    ...toProblem(refusal, { path: '/', requestId: id }),
    status,
    title: STATUS_CODES[status],
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n${body}`,
  );
}
