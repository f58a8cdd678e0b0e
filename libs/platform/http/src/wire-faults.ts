import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '@platform/kernel';
import { headerValues } from './header-values.js';
import { pathOf, PROBLEM_CONTENT_TYPE, toDomainError, toProblem } from './problem.js';
import { requestId } from './request-hooks.js';

const SCRIPTLESS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** What each socket is being answered, or was last. */
const answers = new WeakMap<Socket, FastifyReply>();

/** The answer to the last request of a socket, sent or not; undefined while none has come whole. */
export function lastReply(socket: Socket): FastifyReply | undefined {
  return answers.get(socket);
}

/**
 * Answers what Node would answer by itself, without a problem document or a request id: no Host, or two of them
 * (RFC 9112, section 3.2), and an expectation that nobody knows, which is ignored.
 */
export function watchTheWire(fastify: FastifyInstance): void {
  fastify.server.on('checkExpectation', (request, response) => fastify.routing(request, response));
  fastify.addHook('onRequest', (request, reply, done) => {
    answers.set(request.raw.socket, reply);
    const hosts = headerValues(request, 'host').length;
    if (hosts > 1 || (hosts === 0 && request.raw.httpVersion !== '1.0')) done(unusable());
    else done();
  });
}

/** The router's refusals, which run no hook and no filter: `%zz` in a path, a parameter longer than any of ours. */
export function answerRouterError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(toDomainError(error), { path: pathOf(request.url), requestId: request.id });
  void reply
    .status(problem.status)
    .headers({ ...SCRIPTLESS, 'X-Request-Id': request.id })
    .type(PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify(problem));
}

/** What does not even parse as HTTP gets a problem document too; the socket is closed after it. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Who never began a request is owed no answer; and a thousand that are late at once cost a thousand answers.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const earlier = answers.get(socket);
  // The answer to a request before this one comes first, else the caller would take ours for it.
  if (earlier?.request.raw.complete && !earlier.raw.writableFinished) {
    earlier.raw.once('finish', () => refuse(error, socket));
    // An answer that is being sent, or that came before the end of a body that was not waited for, is the only one: a proxy
    // that reads a second takes it for that to its next request.
  } else if (earlier?.raw.headersSent && !(earlier.request.raw.complete && earlier.raw.writableFinished))
    socket.destroy();
  else refuse(error, socket);
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const id = requestId({ headers: {} });
  const body = JSON.stringify({
    ...toProblem(unusable(), { path: '/', requestId: id }),
    status,
    title: STATUS_CODES[status],
  });
  const headers = {
    ...SCRIPTLESS,
    'Content-Type': PROBLEM_CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': id,
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

function unusable(): DomainError {
  return new DomainError({
    code: 'request.malformed',
    kind: 'malformed',
    message: 'This is not a usable HTTP request.',
  });
}
