import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { SETTINGS, type Settings } from '@platform/config';
import { createLogger } from './logger.js';

/** Nest's own and every class's `Logger` through pino. Request lines are written by platform/http's access log. */
@Module({})
export class LoggingModule {
  static forRoot(): DynamicModule {
    return {
      module: LoggingModule,
      imports: [
        LoggerModule.forRootAsync({
          inject: [SETTINGS],
          useFactory: (settings: Settings) => ({
            pinoHttp: { logger: createLogger(settings), autoLogging: false },
            // No middleware: the request id comes from our own context, and a child logger per request is not free.
            forRoutes: [],
          }),
        }),
      ],
      exports: [LoggerModule],
    };
  }
}
