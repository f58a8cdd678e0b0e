import { Inject, Injectable } from '@nestjs/common';
import { EnforcerFactory, type StatelessEnforcer } from 'nest-casbin';
import { CLOCK } from '@platform/config';
import type { Queryable } from '@platform/database';
import type { Clock } from '@platform/kernel';
import { ADMINISTRATOR, Administrators } from '../application/administrators.js';
import { decide } from '../application/decide.js';
import { nameOf } from '../domain/definition.js';
import { datedSlice } from './policies/dated-slice.js';
import { PostgresPolicies } from './policies/postgres-policies.js';
import { rowId } from './row-id.js';

const ASSIGNED = `identity."PolicyDefinition" p JOIN identity."Role" r ON r.identifier = $1 AND p.target_id = r.id::text
  WHERE p.variant = 'assign_role' AND p.subject_type = 'User' AND p.target_type = 'Role' AND p.domain IS NULL`;

/** With these an administrator can undo any denial. */
const UNDOING = ['identity.policies', 'identity.roles', 'identity.permissions'];
const MAX_ASKED = 100;

/** Administrators in PostgreSQL. */
@Injectable()
export class PostgresAdministrators extends Administrators {
  private readonly enforcer: StatelessEnforcer;

  constructor(
    factory: EnforcerFactory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
    this.enforcer = factory.stateless();
  }

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

  async hold(userIds: string[], transaction: Queryable): Promise<void> {
    await transaction.query(
      `SELECT FROM identity."User" u WHERE u.id IN
         (SELECT ${rowId('p.subject_id')} FROM ${ASSIGNED} AND p.subject_id = ANY ($2::text[]))
       ORDER BY u.id FOR NO KEY UPDATE`,
      [ADMINISTRATOR, userIds],
    );
  }

  async isAnyLeft(transaction: Queryable): Promise<boolean> {
    await this.waitForOthers(transaction);
    const rows = await transaction.query(
      `SELECT FROM identity."User" u WHERE u.status = 'active'
         AND u.id IN (SELECT ${rowId('p.subject_id')} FROM ${ASSIGNED}) LIMIT 1`,
      [ADMINISTRATOR],
    );
    return rows.length > 0;
  }

  async canAnyAdminister(transaction: Queryable): Promise<boolean> {
    await this.waitForOthers(transaction);
    const rows = await transaction.query<{ id: string }>(
      `SELECT u.id FROM identity."User" u WHERE u.status = 'active'
         AND u.id IN (SELECT ${rowId('p.subject_id')} FROM ${ASSIGNED}) LIMIT ${MAX_ASKED}`,
      [ADMINISTRATOR],
    );
    if (rows.length === 0) return true;
    const policies = new PostgresPolicies(transaction, this.clock);
    const { hierarchy } = await policies.hierarchy();
    const subjects = rows.map(({ id }) => ({ type: 'User', id }));
    const texts = await policies.slices(subjects.map(nameOf));
    return subjects.some((subject) => {
      const text = texts.get(nameOf(subject));
      const slice = text && datedSlice(nameOf(subject), text, 0).slice;
      const may = (object: string) =>
        slice && decide(this.enforcer, { subject, object, action: 'manage' }, { slice, hierarchy }).allowed;
      return UNDOING.every(may);
    });
  }

  /** Weaker than FOR UPDATE, which would wait for those who give the role to somebody. */
  private async waitForOthers(transaction: Queryable): Promise<void> {
    await transaction.query('SELECT FROM identity."Role" WHERE identifier = $1 FOR NO KEY UPDATE', [ADMINISTRATOR]);
  }
}
