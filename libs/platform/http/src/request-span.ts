import type { FastifyRequest } from 'fastify';
import { beginSpan, type Span } from '@platform/telemetry';
import { BASE_PATH } from './base-path.js';

/** Asked for every few seconds by machines, and never slow for a reason that a trace would show. */
const NOT_TRACED = new Set([`/${BASE_PATH}/healthz`, `/${BASE_PATH}/readyz`]);
const SERVER_ERROR = 500;

/**
 * The span of a request, named by its route: the address as it was sent may hold ids and tokens. A caller's
 * `traceparent` is linked to and not obeyed: whoever is outside could have us record everything, or nothing, or write
 * into a trace of somebody else.
 * @returns undefined while nothing is traced
 */
export function beginRequestSpan(request: FastifyRequest): Span | undefined {
  const route = request.routeOptions.url;
  if (route !== undefined && NOT_TRACED.has(route)) return undefined;
  const { traceparent } = request.headers;
  return beginSpan(`${request.method} ${route ?? 'unmatched'}`, {
    kind: 'server',
    attributes: {
      'http.request.method': request.method,
      ...(route !== undefined && { 'http.route': route }),
      'identity.request_id': request.id,
    },
    ...(typeof traceparent === 'string' && { link: traceparent }),
  });
}

/** @param status of the answer, 5xx is a failure of ours; a client's own is none */
export function endRequestSpan(span: Span | undefined, status: number): void {
  if (!span) return;
  span.set({ 'http.response.status_code': status });
  if (status >= SERVER_ERROR) span.fail(String(status));
  span.end();
}
