import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Settings } from '@platform/config';
import { hideSecrets } from './hide-secrets.js';
import { requestContext } from './request-context.js';
import { standardOutput } from './standard-output.js';
import { currentSpan } from './tracing/spans.js';

/**
 * JSON lines: `time, level (a word), msg, service, mode` and, within a request, `requestId, userId, serviceAccount`,
 * within a trace `traceId`.
 * Secrets are hidden in what is logged; not in the fields of a `child()`, which pino shows to no formatter.
 * @param destination stdout by default
 */
export function createLogger(
  settings: Pick<Settings, 'logLevel' | 'mode'>,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level: settings.logLevel,
      base: { service: 'nx-seller-identity', mode: settings.mode },
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hideSecrets(fields),
      },
      serializers: { err: serializeError, error: serializeError },
      mixin: () => {
        const { requestId, userId, serviceAccount } = requestContext();
        const traceId = currentSpan()?.traceId;
        return { ...(requestId && { requestId, userId, serviceAccount }), ...(traceId && { traceId }) };
      },
    },
    destination,
  );
}

/** Type, message, stack with causes, and the error's own members without the secrets among them. */
function serializeError(error: unknown): unknown {
  return error instanceof Error ? hideSecrets({ ...stdSerializers.err(error) }) : error;
}
