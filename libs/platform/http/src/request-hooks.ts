import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import {
  currentSpan,
  type DurationHistogram,
  durations,
  type RequestContext,
  requestContext,
  runInRequestContext,
  runInSpan,
  type Span,
} from '@platform/telemetry';
import { clientAddress } from './client-address.js';
import { beginRequestSpan, endRequestSpan } from './request-span.js';
import { SECURITY_HEADERS } from './security-headers.js';

/** What a route may answer; it redirects nobody. An alert divides by these, and each exists before its first event. */
const STATUS_CLASSES = ['2xx', '4xx', '5xx'];
const CLASSES = ['', '1xx', '2xx', '3xx', '4xx', '5xx'];
/** What is told, as by Nginx, of a request whose caller has gone before its answer. */
const HUNG_UP = 499;
const REQUEST_ID = /^[A-Za-z0-9._=-]{1,128}$/;

/** The caller's request id when it is one, else a new one: what is logged must not be able to forge log lines. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What is kept of a request while it is under way. */
interface Underway {
  /** By `performance.now()`. */
  began: number;
  context: RequestContext;
  span: Span | undefined;
  /** Writes its duration and its access line; gone once that was done. */
  tell?: (request: FastifyRequest, kept: Underway, status: number) => void;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** In the request itself: an entry of a WeakMap for each costs as much as two hooks. */
    underway?: Underway;
  }
}

/** Tells of a request now, and not again at its end: an answer that goes on for hours is not one that took hours. */
export function tellOf(request: FastifyRequest, { statusCode }: { statusCode: number }): void {
  const kept = request.underway;
  kept?.tell?.(request, kept, statusCode);
  if (kept) kept.tell = undefined;
}

/** Keeps what is known of a request in the request: declared ahead, so that all requests are objects of one shape. */
export function declareMembers(fastify: FastifyInstance): void {
  for (const name of ['underway', 'principal', 'servicePrincipal']) fastify.decorateRequest(name, undefined);
}

/** Request id, security headers, request context, duration metric and one access line for every request, matched or not. */
export function observeRequests(fastify: FastifyInstance, logger: Logger): void {
  const answerTimes = durations('http_request_duration_seconds', 'How long answers took.', [
    'method',
    'route',
    'status_class',
  ]);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat().filter((name) => name !== 'HEAD' && name !== 'OPTIONS'))
      for (const statusClass of STATUS_CLASSES) answerTimes.zero(each, url, statusClass);
  });
  const tell = teller(answerTimes, logger);
  fastify.addHook('onRequest', (request, reply, done) => {
    const context: RequestContext = { requestId: request.id, clientAddress: clientAddress(request) };
    const span = beginRequestSpan(request);
    request.underway = { began: performance.now(), context, span, tell };
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    runInRequestContext(context, () => runInSpan(span, done));
  });
  // Reading the body ends in an event of the socket, outside the context: enter it again.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const { context = {}, span } = request.underway ?? {};
    if (requestContext() === context) done();
    else runInRequestContext(context, () => runInSpan(span, done));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    tellOf(request, reply);
    done();
  });
  // Else a flood of requests whose callers do not wait for the answer would be seen nowhere.
  fastify.addHook('onRequestAbort', (request, done) => {
    tellOf(request, { statusCode: HUNG_UP });
    done();
  });
}

/** What writes the duration and the access line of one request. */
function teller(answerTimes: DurationHistogram, logger: Logger): NonNullable<Underway['tell']> {
  return (request, { began, context, span }, status) => {
    const elapsedMs = performance.now() - began;
    const { userId, serviceAccount } = context;
    const { method } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    answerTimes.observe(elapsedMs / 1000, method, route, CLASSES[Math.floor(status / 100)] ?? '5xx');
    endRequestSpan(span, status);
    logger.info({
      requestId: request.id,
      userId,
      serviceAccount,
      ...(span && !currentSpan() && { traceId: span.traceId }),
      method,
      route,
      status,
      durationMs: Math.round(elapsedMs * 10) / 10,
      msg: 'request',
    });
  };
}
