import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Settings } from '@platform/config';
import { requestContext } from './request-context.js';

/** Secrets that a careless log call might hold; replaced wherever they stand up to three levels deep. */
const SECRETS = ['password', 'newPassword', 'currentPassword', 'credential', 'code', 'secret', 'token', 'accessToken'];
const MORE_SECRETS = ['refreshToken', 'deviceToken', 'resetToken', 'authorization', 'parameters'];

/** JSON lines on stdout: `time, level (a word), msg, service, mode` and, within a request, `requestId, userId`. */
export function createLogger(settings: Pick<Settings, 'logLevel' | 'mode'>): Logger {
  const names = [...SECRETS, ...MORE_SECRETS];
  return pino({
    level: settings.logLevel,
    base: { service: 'nx-seller-identity', mode: settings.mode },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const { requestId, userId } = requestContext();
      return requestId ? { requestId, userId } : {};
    },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]), censor: '[hidden]' },
  });
}
