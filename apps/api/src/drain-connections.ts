import type { Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { lastReply } from '@platform/http';

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
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    open.forEach(takeTheNextElsewhere);
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS).unref();
    const hangUp = setTimeout(() => {
      for (const socket of open) if (!lastReply(socket)) socket.destroy();
    }, SILENCE_MS).unref();
    fastify.server.once('close', () => {
      clearInterval(sweep);
      clearTimeout(hangUp);
    });
    done();
  });
}

/** Says so to a client whose request is under way; to those that come later Fastify does. */
function takeTheNextElsewhere(socket: Socket): void {
  const reply = lastReply(socket);
  if (reply && !reply.sent && !reply.raw.headersSent) void reply.header('Connection', 'close');
}
