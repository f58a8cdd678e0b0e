import { isUniqueViolation, type Database, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';
import type {
  Catalogue,
  PageOf,
  PermissionEntry,
  PermissionFields,
  RoleEntry,
  RoleFields,
} from '../application/catalogue.js';

export interface Table<Fields> {
  /** Of definitions' subjects and targets, and the table's name. */
  type: 'Role' | 'Permission';
  /** Columns, named as the fields are; the first one is unique. */
  fields: (keyof Fields & string)[];
}

export const ROLES: Table<RoleFields> = {
  type: 'Role',
  fields: ['identifier', 'name', 'description', 'priority', 'status'],
};
export const PERMISSIONS: Table<PermissionFields> = {
  type: 'Permission',
  fields: ['code', 'name', 'subject', 'action', 'scope'],
};

/** Roles or permissions in PostgreSQL; what its statements promise stands at the port. */
export class PostgresCatalogue<Fields extends object, Entry extends Fields = Fields> implements Catalogue<Fields> {
  private readonly name: string;
  private readonly table: string;
  private readonly columns: string;

  constructor(
    private readonly database: Database,
    private readonly ids: IdGenerator,
    private readonly of: Table<Fields>,
  ) {
    this.name = of.fields[0] ?? '';
    this.table = `identity."${of.type}"`;
    this.columns = `id, ${of.fields.join(', ')}, created_at AS "createdAt", updated_at AS "updatedAt"`;
  }

  async page({ after = '0', limit }: PageOf) {
    return await this.database.query<Stored<Entry>>(
      `SELECT ${this.columns} FROM ${this.table} WHERE id > $1::bigint ORDER BY id LIMIT $2`,
      [after, limit],
    );
  }

  async find(id: string) {
    return (await this.one(this.database, '', id))[0];
  }

  async hold(id: string, transaction: Queryable) {
    return (await this.one(transaction, 'FOR UPDATE', id))[0];
  }

  async named(ids: string[], names: string[], transaction: Queryable): Promise<{ id: string; name: string }[]> {
    if (ids.length + names.length === 0) return [];
    return await transaction.query(
      `SELECT id, ${this.name} AS name FROM ${this.table}
       WHERE id = ANY ($1::bigint[]) OR ${this.name} = ANY ($2::text[]) FOR KEY SHARE`,
      [ids, names],
    );
  }

  async insert(fields: Fields, transaction: Queryable, id = this.ids.next()) {
    return await this.write(
      `INSERT INTO ${this.table} (id, ${this.of.fields.join(', ')})
       VALUES ($1, ${this.of.fields.map((_field, index) => `$${index + 2}`).join(', ')}) RETURNING ${this.columns}`,
      id,
      fields,
      transaction,
    );
  }

  async update(id: string, fields: Fields, transaction: Queryable) {
    return await this.write(
      `UPDATE ${this.table} SET ${this.of.fields.map((field, index) => `${field} = $${index + 2}`).join(', ')},
         updated_at = now() WHERE id = $1 RETURNING ${this.columns}`,
      id,
      fields,
      transaction,
    );
  }

  async delete(id: string, transaction: Queryable): Promise<void> {
    await transaction.query(`DELETE FROM ${this.table} WHERE id = $1`, [id]);
  }

  async isReferred(id: string, transaction: Queryable): Promise<boolean> {
    const definitions = (end: string) =>
      `SELECT FROM identity."PolicyDefinition" WHERE ${end}_id = $1::text AND ${end}_type = '${this.of.type}'`;
    const rows = await transaction.query(
      `(${definitions('subject')} LIMIT 1) UNION ALL (${definitions('target')} LIMIT 1)
       UNION ALL (SELECT FROM ${this.table} WHERE parent_id = $1::text::bigint LIMIT 1)`,
      [id],
    );
    return rows.length > 0;
  }

  private async one(through: Queryable, lock: string, id: string) {
    return await through.query<Stored<Entry>>(`SELECT ${this.columns} FROM ${this.table} WHERE id = $1 ${lock}`, [id]);
  }

  private async write(sql: string, id: string, fields: Fields, transaction: Queryable): Promise<Stored<Entry>> {
    try {
      const [entry] = await transaction.query<Stored<Entry>>(sql, [id, ...this.of.fields.map((each) => fields[each])]);
      return entry as Stored<Entry>;
    } catch (error) {
      if (!isUniqueViolation(error, `${this.of.type}_${this.name}_key`)) throw error;
      const code = `policy.${this.of.type.toLowerCase()}-exists`;
      const message = `There is a ${this.of.type.toLowerCase()} with this ${this.name} already.`;
      throw new DomainError({ code, kind: 'conflict', message });
    }
  }
}

type Stored<Entry> = Entry & Pick<RoleEntry & PermissionEntry, 'id' | 'createdAt' | 'updatedAt'>;
