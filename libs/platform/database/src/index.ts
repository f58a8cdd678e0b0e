export { Database, type Queryable } from './database.js';
export { databaseReady } from './database-ready.js';
export { DatabaseIndicator } from './database-indicator.js';
export { DatabaseModule } from './database.module.js';
export { isUniqueViolation, toDatabaseUnavailable } from './database-errors.js';
export { ID_GENERATOR } from './ids/id-generator.js';
export { type Ear, Listener } from './listener.js';
export { migrate, migrationNames } from './migrate.js';
