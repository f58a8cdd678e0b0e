import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is read of a body that was refused, before the connection is given up with the answer perhaps unseen. */
const READ_PAST = 8 * 1024 ** 2;

/**
 * Lets a body that is too large come to its end. Fastify would close the connection with the answer; a proxy that still
 * writes then finds it reset, and tells its client 502 instead of our 413. Node reads such a body and drops it, for as
 * long as a request may take.
 */
export function readPastRefusedBody(request: FastifyRequest, reply: FastifyReply): void {
  if (Number(request.headers['content-length']) <= READ_PAST) void reply.removeHeader('connection');
}
