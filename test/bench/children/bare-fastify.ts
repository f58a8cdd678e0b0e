import fastify from 'fastify';
import { answerParent } from './answer-parent.ts';

/** One route, and what it answers. */
export interface RouteOrder {
  port: number;
  /** GET unless said. */
  method?: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** A Fastify server with one route that sends the same bytes as ours. */
answerParent(async ({ port, method = 'GET', path, headers, body }: RouteOrder) => {
  const app = fastify();
  app.route({ method, url: path, handler: (_request, reply) => reply.headers(headers).send(body) });
  await app.listen({ port, host: '127.0.0.1' });
});
