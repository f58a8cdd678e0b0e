import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** How every process of ours connects. No `synchronize`: migrations are the only author of the schema. */
export function dataSourceOptions(url: string, poolSize: number): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    schema: 'identity',
    applicationName: 'nx-seller-identity',
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    migrationsTableName: 'SchemaMigration',
    synchronize: false,
    logging: false,
    logger: 'debug', // the default one prints on stdout, among the JSON, whatever `logging` says
    poolErrorHandler: () => undefined, // pg-pool has dropped the connection already; the next statement opens another
    extra: {
      max: poolSize,
      // Shorter than the request's deadline, so that a server that is away is told apart from one that is slow.
      connectionTimeoutMillis: 800,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
    },
  };
}
