import { tracingChannel } from 'node:diagnostics_channel';
import { beginSpan, errorType, type Span } from './spans.js';

/** What ioredis tells of a command. Its arguments are there too, with one-time codes among them: they are not read. */
interface CommandMessage {
  command: string;
  error?: unknown;
}

const channel = tracingChannel<unknown, CommandMessage>('ioredis:command');

/**
 * A span for each command to Redis that belongs to a trace. ioredis tells of its commands on a diagnostics channel, so
 * that neither it nor BullMQ has to be patched or wrapped.
 * @returns what ends it
 */
export function traceRedis(): () => void {
  const spans = new WeakMap<CommandMessage, Span>();
  const subscriber = {
    start: (message: CommandMessage) => {
      const name = message.command.toLowerCase();
      const span = beginSpan(`redis ${name}`, {
        kind: 'client',
        attributes: { 'db.system.name': 'redis', 'db.operation.name': name },
      });
      if (span) spans.set(message, span);
    },
    end: () => undefined,
    asyncStart: () => undefined,
    error: (message: CommandMessage) => spans.get(message)?.fail(errorType(message.error)),
    asyncEnd: (message: CommandMessage) => spans.get(message)?.end(),
  };
  channel.subscribe(subscriber);
  return () => {
    channel.unsubscribe(subscriber);
  };
}
