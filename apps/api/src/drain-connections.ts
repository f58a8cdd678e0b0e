import type { Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const SWEEP_MS = 100;
/** A request whose first bytes are on their way when the service closes has this long to arrive. */
const SILENCE_MS = 1000;

/**
 * Lets connections go while the server closes; requests under way are finished. Node closes what is idle at that moment
 * only: a connection whose answer came later would be kept alive for 72 s, long past the 30 s after which Kubernetes kills,
 * and one that was opened ahead of use for 15 s. To be called before `init`.
 */
export function drainConnections(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const silent = new Set<Socket>();
  let closing = false;
  fastify.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    silent.delete(request.raw.socket);
    done();
  });
  // Says so to the client as well: it should take the next request elsewhere.
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('Connection', 'close');
    done(null, payload);
  });
  fastify.addHook('preClose', (done) => {
    closing = true;
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS).unref();
    const hangUp = setTimeout(() => silent.forEach((socket) => socket.destroy()), SILENCE_MS).unref();
    fastify.server.once('close', () => {
      clearInterval(sweep);
      clearTimeout(hangUp);
    });
    done();
  });
}
