import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadSettings } from '@platform/config';
import { databaseReady } from '@platform/database';
import { CliModule } from './cli.module.js';

/**
 * Runs `work` with the service's own use cases at hand.
 * @throws SettingsError, DomainError `database.unavailable`, and whatever `work` throws
 */
export async function withService<T>(work: (service: INestApplicationContext) => Promise<T>): Promise<T> {
  const service = await NestFactory.createApplicationContext(CliModule.register(loadSettings()), {
    logger: false,
    abortOnError: false,
  });
  try {
    await databaseReady(service);
    return await work(service);
  } finally {
    await service.close();
  }
}
