import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ServiceUnavailableError } from '../errors.js';

/** An event of ours has some 200 characters. */
const MAX_BUFFER = 64 * 1024;

interface Listener {
  onEvent: (event: EventSourceMessage) => void;
  /** Milliseconds that the service wants us to wait before we come back. */
  onRetry: (milliseconds: number) => void;
}

/**
 * Reads server-sent events until the stream ends.
 * @param quietMs how long it may say nothing; then it is a connection that nobody has at the other end
 * @throws ServiceUnavailableError when it ends, says nothing, or says what never ends
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  { onEvent, onRetry }: Listener,
  { quietMs, abort }: { quietMs: number; abort: () => void },
): Promise<never> {
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: (event) => {
      watchdog.refresh();
      onEvent(event);
    },
    onRetry,
    maxBufferSize: MAX_BUFFER,
  });
  // Bytes alone are no sign of life: a proxy between us may send comments of its own.
  const watchdog = setTimeout(abort, quietMs).unref();
  try {
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  } catch (cause) {
    throw new ServiceUnavailableError('The feed was cut off.', { cause });
  } finally {
    clearTimeout(watchdog);
  }
  throw new ServiceUnavailableError('The feed has ended.');
}
