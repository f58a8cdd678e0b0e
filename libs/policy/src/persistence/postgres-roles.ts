import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';
import { Roles } from '../application/roles.js';

/** Roles in PostgreSQL; what its statements promise stands at the port. */
@Injectable()
export class PostgresRoles extends Roles {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async assign(userId: string, role: string, through: Queryable = this.database): Promise<boolean> {
    const [found] = await through.query<{ id: string }>('SELECT id FROM identity."Role" WHERE identifier = $1', [role]);
    if (!found) {
      throw new DomainError({ code: 'policy.role-not-found', kind: 'not-found', message: `There is no role ${role}.` });
    }
    const assigned = await through.query(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       VALUES ($1, 'assign_role', 'User', $2, 'Role', $3)
       ON CONFLICT DO NOTHING
       RETURNING id`,
      [this.ids.next(), userId, found.id],
    );
    return assigned.length === 1;
  }
}
