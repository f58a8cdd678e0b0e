import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';
import { loadSettings } from '@platform/config';
import { exitOnBootFailure, logUncaughtErrors } from '@platform/telemetry';
import { WorkerModule } from './worker.module.js';

logUncaughtErrors('worker');
try {
  const app = await NestFactory.createApplicationContext(WorkerModule.register(loadSettings()), {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
} catch (error) {
  exitOnBootFailure(error, 'worker');
}
