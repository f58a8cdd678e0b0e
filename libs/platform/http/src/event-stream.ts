import type { ServerResponse } from 'node:http';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tellOf } from './request-hooks.js';

/** Where a route keeps its example until `buildOpenApi` has made a media type of it. */
export const EVENT_STREAM_EXTENSION = 'x-event-stream';

/** For a route that answers with server-sent events as well. @param example for the document */
export const ApiEventStream = (example: string) => ApiExtension(EVENT_STREAM_EXTENSION, example);

/**
 * Begins an answer of server-sent events (HTML Living Standard, section 9.2), with the headers that all answers have.
 * What it is counted with and logged as is the time until here.
 * @returns where the events are written; ended by who asked for it
 */
export function beginEventStream(request: FastifyRequest, reply: FastifyReply): ServerResponse {
  reply.hijack();
  const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
  reply.raw.writeHead(200, {
    ...Object.fromEntries(headers),
    'Content-Type': 'text/event-stream; charset=utf-8',
    // nginx would keep events back until it has a page full of them.
    'X-Accel-Buffering': 'no',
  });
  reply.raw.flushHeaders();
  tellOf(request, reply);
  return reply.raw;
}
