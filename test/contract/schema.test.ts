import pg from 'pg';
import { DataSource, type EntityMetadata } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../support/start-service.js';

interface Column {
  name: string;
  type: string;
  nullable: boolean;
}

let service: TestService;
let entities: EntityMetadata[];

beforeAll(async () => {
  service = await startService();
  entities = service.app.get(DataSource).entityMetadatas;
});

afterAll(async () => {
  await service.stop();
});

/** What a column is declared as, in the words of PostgreSQL's `format_type`. */
const TYPES: Record<string, string> = { timestamptz: 'timestamp with time zone' };

function byName(columns: Column[]): Column[] {
  return columns.toSorted((a, b) => a.name.localeCompare(b.name));
}

describe('entities', () => {
  it('are the tables that are mapped, all in our own schema', () => {
    const paths = entities.map((entity) => entity.tablePath).toSorted();
    expect(paths).toEqual(['identity.Session', 'identity.User', 'identity.UserCredential', 'identity.UserIdentifier']);
  });

  it('have the columns of their tables: names, types, nullability, keys', async () => {
    for (const entity of entities) {
      const table = `identity."${entity.tableName}"`;
      const actual = await service.sql<Column & { key: boolean }>(
        `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
         FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`,
        [table],
      );
      const declared = entity.columns.map((column) => ({
        name: column.databaseName,
        type: `${TYPES[String(column.type)] ?? String(column.type)}${column.isArray ? '[]' : ''}`,
        nullable: column.isNullable,
      }));
      expect({ table, columns: byName(declared) }).toEqual({ table, columns: byName(actual) });
      expect(entity.primaryColumns.map((column) => column.databaseName)).toEqual(['id']);
    }
  });
});

describe("the runbook's statements, as the service's role types them", () => {
  it('find a user and what the user may do', async () => {
    const { userId } = await service.client.signUp();
    await service.sql(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       VALUES (1, 'assign_role', 'User', $1, 'Role', '1')`,
      [userId],
    );
    const psql = new pg.Client({ connectionString: service.env.DATABASE_URL });
    await psql.connect();
    try {
      expect((await psql.query('SHOW search_path')).rows).toEqual([{ search_path: 'identity, public' }]);
      const users = await psql.query(`SELECT * FROM "User" WHERE id = '${userId}'`);
      expect(users.rows).toMatchObject([{ id: userId, status: 'active' }]);
      const policies = await psql.query(
        `SELECT * FROM "PolicyDefinition" WHERE subject_id = '${userId}' AND subject_type = 'User'`,
      );
      expect(policies.rows).toMatchObject([{ variant: 'assign_role', target_type: 'Role', target_id: '1' }]);
      expect((await psql.query('SELECT * FROM "Configuration"')).rows).toEqual([]);
    } finally {
      await psql.end();
    }
  });
});
