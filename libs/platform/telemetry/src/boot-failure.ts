import { createLogger } from './logger.js';

/**
 * Says in one line why the process cannot start, and ends it. The message of our own errors is meant for operators
 * (which setting, which file); a stack says nothing more about those.
 */
export function exitOnBootFailure(error: unknown, mode: 'api' | 'worker'): never {
  const known = error instanceof Error && ['SettingsError', 'DomainError'].includes(error.name);
  const logger = createLogger({ logLevel: 'info', mode });
  logger.fatal({ ...(!known && { err: error }) }, error instanceof Error ? error.message : 'the service cannot start');
  // At once: connections that were opened before would keep the process alive, and what they say would come behind it.
  process.exit(1);
}
