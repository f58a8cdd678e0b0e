import { Injectable } from '@nestjs/common';
import type { Queryable } from '@platform/database';
import { ADMINISTRATOR, Administrators } from '../application/administrators.js';
import { rowId } from './row-id.js';

const ASSIGNED = `identity."PolicyDefinition" p JOIN identity."Role" r ON r.identifier = $1 AND p.target_id = r.id::text
  WHERE p.variant = 'assign_role' AND p.subject_type = 'User' AND p.target_type = 'Role' AND p.domain IS NULL`;

/** Administrators in PostgreSQL. */
@Injectable()
export class PostgresAdministrators extends Administrators {
  async has(userId: string, transaction: Queryable): Promise<boolean> {
    const rows = await transaction.query(`SELECT FROM ${ASSIGNED} AND p.subject_id = $2 LIMIT 1`, [
      ADMINISTRATOR,
      userId,
    ]);
    return rows.length > 0;
  }

  async isActive(userId: string, transaction: Queryable): Promise<boolean> {
    const rows = await transaction.query(
      `SELECT FROM identity."User" WHERE id = ${rowId('$1::text')} AND status = 'active' FOR NO KEY UPDATE`,
      [userId],
    );
    return rows.length > 0;
  }

  async isAnyLeft(transaction: Queryable): Promise<boolean> {
    // Weaker than FOR UPDATE, which would wait for those who give the role to somebody.
    await transaction.query('SELECT FROM identity."Role" WHERE identifier = $1 FOR NO KEY UPDATE', [ADMINISTRATOR]);
    const rows = await transaction.query(
      `SELECT FROM identity."User" u WHERE u.status = 'active'
         AND u.id IN (SELECT ${rowId('p.subject_id')} FROM ${ASSIGNED}) LIMIT 1`,
      [ADMINISTRATOR],
    );
    return rows.length > 0;
  }
}
