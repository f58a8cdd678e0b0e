import type { INestApplicationContext, Type } from '@nestjs/common';

/**
 * Runs `work` with the service's own use cases at hand. They are loaded here, where something is to be done: whoever asks
 * for help does not wait for them.
 * @param modules what `work` stands on; by default accounts, which want the files of the API. Others want those of a
 *   worker alone, so that they run in its pod too, and are loaded sooner.
 * @throws SettingsError, DomainError `database.unavailable`, and whatever `work` throws
 */
export async function withService<T>(
  work: (service: INestApplicationContext) => Promise<T>,
  modules?: Type[],
): Promise<T> {
  const { NestFactory } = await import('@nestjs/core');
  const { loadSettings } = await import('./libraries/config.js');
  const { databaseReady } = await import('./libraries/database.js');
  const { CliModule } = await import('./cli.module.js');
  const settings = loadSettings(undefined, modules ? 'worker' : 'api');
  const standsOn = modules ?? [(await import('./accounts.module.js')).AccountsModule];
  const service = await NestFactory.createApplicationContext(CliModule.register(settings, standsOn), {
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
