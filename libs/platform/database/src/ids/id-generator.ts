import type { Provider } from '@nestjs/common';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import { type Clock, type IdGenerator, Snowflake } from '@platform/kernel';
import { Database } from '../database.js';
import { LeasedSnowflake } from './leased-snowflake.js';

/** Injection token of the process's one source of ids. */
export const ID_GENERATOR = Symbol('id-generator');

export const idGeneratorProvider: Provider = {
  provide: ID_GENERATOR,
  inject: [SETTINGS, CLOCK, Database],
  useFactory: (settings: Settings, clock: Clock, database: Database): IdGenerator =>
    settings.snowflakeWorker === 'auto'
      ? new LeasedSnowflake(database, clock)
      : new Snowflake(settings.snowflakeWorker, clock),
};
