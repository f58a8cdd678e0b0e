import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisTarget } from '@platform/config';
import { openRedis, type RedisConnection } from './open-redis.js';

/** A command that takes longer counts as "Redis is away": callers fall back or answer 503 well within a second. */
const COMMAND_TIMEOUT_MS = 250;
const SENTINEL_TIMEOUT_MS = 1000;
/** As ioredis says it. */
const TIMED_OUT = 'Command timed out';

type SentCommand = Parameters<Redis['sendCommand']>[0];

/**
 * Connects for use on the request path: nothing waits for a Redis that is away. Commands are refused at once while
 * disconnected and after 250 ms while it hangs; the connection comes back by itself.
 */
export function connectRedis(target: RedisTarget): RedisConnection {
  const logger = new Logger('Redis');
  const connection = open(target);
  let away = false;
  connection.on('error', (error: Error) => {
    if (!away) logger.warn(`Redis is away: ${error.message}`);
    away = true;
  });
  connection.on('ready', () => {
    if (away) logger.log('Redis is back');
    away = false;
  });
  return connection;
}

function open(target: RedisTarget): RedisConnection {
  const connection = openRedis(target, {
    enableOfflineQueue: false,
    options: {
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: 1000,
      // A peer that hangs never confirms the end of a connection: it is cut off after this long.
      disconnectTimeout: COMMAND_TIMEOUT_MS,
      // A sentinel that hangs would otherwise hold up the question where the master is.
      sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1000),
    },
  });
  if (connection instanceof Redis) return tame(connection);
  // ioredis has a node's commands wait while it disconnects, so that a hang costs commands their timeout for as long
  // again. Then the node leaves the pool, and without any left commands are refused at once. While other nodes answer,
  // they still name it as the owner of its slots, and commands for these take their timeout each until its replica is
  // elected (cluster-node-timeout).
  return connection.on('+node', tame);
}

/** What every connection to one server gets. */
function tame(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    lookBeforeTimeout(command);
    giveUpOnHang(redis, command.promise);
    writeTogether(redis.stream);
    return send(command, stream);
  };
  return redis;
}

/**
 * A process that was busy for longer than the timeout finds the timer and the answer at once, and timers come first: it
 * would take a Redis for hung that has answered long ago. So the answers that are there are read before giving up.
 */
function lookBeforeTimeout(command: SentCommand): void {
  command.setTimeout = (ms) => {
    const giveUp = () => {
      if (!command.isResolved) command.reject(new Error(TIMED_OUT));
    };
    // The member that ioredis clears with the answer.
    Reflect.set(
      command,
      '_commandTimeoutTimer',
      setTimeout(() => setImmediate(giveUp), ms),
    );
  };
}

/**
 * A Redis that hangs would cost every command its timeout. After the first one the connection is dropped and made anew:
 * until the server answers again, commands are refused at once.
 */
function giveUpOnHang(redis: Redis, answer: Promise<unknown>): void {
  answer.catch((error: Error) => {
    if (error.message === TIMED_OUT && redis.status === 'ready') redis.disconnect(true);
  });
}

/**
 * Has the commands of one turn of the event loop go out in one write: ioredis makes a system call for each, which costs
 * either side more than the command. Its own auto-pipelining would do that as well, one turn later.
 * @param socket none while disconnected
 */
function writeTogether(socket?: Redis['stream']): void {
  if (!socket || socket.writableCorked > 0) return;
  socket.cork();
  process.nextTick(() => socket.uncork());
}
