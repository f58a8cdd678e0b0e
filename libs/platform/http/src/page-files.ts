import type { FastifyInstance } from 'fastify';

/** What the page of Swagger UI loads. Its package holds sources, maps and its own version besides: nobody needs those. */
const OF_THE_PAGE =
  /\/(?:swagger-ui\.css|index\.css|swagger-ui-(?:bundle|standalone-preset)\.js|favicon-\d+x\d+\.png)$/;

/**
 * Routes below `folder` that serve any file serve those of the page alone; every other one is not found.
 * To be called before they are added.
 */
export function servePageFilesAlone(fastify: FastifyInstance, folder: string): void {
  fastify.addHook('onRoute', (route) => {
    if (!route.url.includes(`/${folder}/`) || !route.url.endsWith('/*')) return;
    route.preHandler = (request, reply, done) => {
      const [path = ''] = request.url.split('?');
      if (OF_THE_PAGE.test(path)) done();
      else reply.callNotFound();
    };
  });
}
