import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { packageVersion, type Settings } from '@platform/config';
import { buildOpenApi, configureHttp, createAdapter, mountSwagger } from '@platform/http';
import type { Clock } from '@platform/kernel';
import { createAccessLogger, createLogger } from '@platform/telemetry';
import { ApiModule } from './api.module.js';
import { drainConnections } from './drain-connections.js';

/**
 * The whole API, ready to `listen` or to `inject`; tests use it too.
 * @throws DomainError `keys.…` when there is no usable signing key; everything else is waited for after the start
 */
export async function createApp(settings: Settings, clock?: Clock): Promise<NestFastifyApplication> {
  const logger = createLogger(settings);
  const adapter = createAdapter({
    trustedProxyHops: settings.http.trustedProxyHops,
    logger: createAccessLogger(settings),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.register(settings, clock), adapter, {
    bodyParser: false,
    // From the first line on: what Nest has buffered when a boot fails, it prints in colours.
    logger: new Logger(new PinoLogger({ pinoHttp: { logger } }), {}),
    abortOnError: false,
    routeConflictPolicy: { duplicate: 'error', shadow: 'warn' },
  });
  app.useLogger(app.get(Logger));
  configureHttp(app);
  drainConnections(app);
  mountSwagger(app, buildOpenApi(app, packageVersion(import.meta.dirname)));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
  return app;
}
