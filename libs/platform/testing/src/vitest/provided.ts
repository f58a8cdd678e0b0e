declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server for this run: superuser, database `postgres`. */
    postgresUrl: string;
    /** A Redis server for this run, shared by all tests: see testRedisUrl(). */
    redisUrl: string;
  }
}

export {};
