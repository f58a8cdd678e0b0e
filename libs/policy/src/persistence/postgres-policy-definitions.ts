import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import { type IdGenerator, LAST_ID } from '@platform/kernel';
import type { PageOf } from '../application/catalogue.js';
import {
  type DefinitionFilter,
  PolicyDefinitions,
  type PolicyRecord,
  type WrittenDefinition,
} from '../application/policy-definitions.js';
import type { NewDefinition } from '../domain/new-definition.js';
import type { RoleRule } from '../domain/rights.js';
import { rowId } from './row-id.js';

const nameOf = (end: 'subject' | 'target') => `CASE p.${end}_type
  WHEN 'Role' THEN (SELECT identifier FROM identity."Role" WHERE id = ${rowId(`p.${end}_id`)})
  WHEN 'Permission' THEN (SELECT code FROM identity."Permission" WHERE id = ${rowId(`p.${end}_id`)}) END`;

const SELECT = `SELECT p.id, p.variant, p.subject_type AS "subjectType", p.subject_id AS "subjectId",
  ${nameOf('subject')} AS "subjectName", p.target_type AS "targetType", p.target_id AS "targetId",
  ${nameOf('target')} AS "targetName", p.action, p.effect, p.domain, p.metadata, p.created_at AS "createdAt"
  FROM identity."PolicyDefinition" p`;

/** What of a definition is written, and of which type. */
const COLUMNS = [
  ['variant', 'variant'],
  ['subject_type', 'subjectType'],
  ['subject_id', 'subjectId'],
  ['target_type', 'targetType'],
  ['target_id', 'targetId'],
  ['action', 'action'],
  ['effect', 'effect'],
  ['domain', 'domain'],
] as const;

interface Condition {
  column: string;
  place: string;
}

/** By the key, whose order is another: a sum, since for the id itself the planner may walk all definitions to a rare one. */
function ofSubject(given: Condition[]) {
  return {
    where: ['p.id > $1::bigint', ...given.map(({ column, place }) => `${column} = ${place}`)],
    order: 'p.id + 0',
  };
}

/**
 * By the index of the first columns, which ends in the id. Compared as rows and not by equations, for the same reason.
 * @param count how many columns that index has before the id
 */
function walked(given: Condition[], count: number) {
  const [first, left] = [given.slice(0, count), given.slice(count)];
  const row = [...first.map(({ column }) => column), 'p.id'];
  const from = (id: string) => [...first.map(({ place }) => place), id].join(', ');
  return {
    where: [
      `(${row.join(', ')}) > (${from('$1::bigint')})`,
      `(${row.join(', ')}) <= (${from(LAST_ID)})`,
      ...left.map(({ column, place }) => `${column} IS NOT DISTINCT FROM ${place}`),
    ],
    order: row.join(', '),
  };
}

/** Definitions in PostgreSQL; what its statements promise stands at the port. */
@Injectable()
export class PostgresPolicyDefinitions extends PolicyDefinitions {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async page({ subject, target, variant }: DefinitionFilter, { after = '0', limit }: PageOf): Promise<PolicyRecord[]> {
    const values: unknown[] = [after, limit];
    const given = Object.entries({
      subject_id: subject?.id,
      subject_type: subject?.type,
      target_id: target?.id,
      target_type: target?.type,
      variant,
    })
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => ({ column: `p.${column}`, place: `$${values.push(value)}` }));
    const { where, order } = subject ? ofSubject(given) : walked(given, target ? 2 : 1);
    return await this.database.query(`${SELECT} WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT $2`, values);
  }

  async find(id: string): Promise<PolicyRecord | undefined> {
    return (await this.findAll([id]))[0];
  }

  async findAll(ids: string[]): Promise<PolicyRecord[]> {
    return await this.database.query(`${SELECT} WHERE p.id = ANY ($1::bigint[]) ORDER BY p.id`, [ids]);
  }

  async insert(definitions: readonly NewDefinition[], transaction: Queryable): Promise<WrittenDefinition[]> {
    return await transaction.query(
      `INSERT INTO identity."PolicyDefinition" (id, metadata, ${COLUMNS.map(([column]) => column).join(', ')})
       SELECT id, metadata::jsonb, ${COLUMNS.map(([column]) => column).join(', ')}
       FROM unnest($1::bigint[], $2::text[], ${COLUMNS.map((_column, index) => `$${index + 3}::text[]`).join(', ')})
         AS new (id, metadata, ${COLUMNS.map(([column]) => column).join(', ')})
       ON CONFLICT DO NOTHING RETURNING id, ${COLUMNS.map(([column, field]) => `${column} AS "${field}"`).join(', ')}`,
      [
        definitions.map(() => this.ids.next()),
        definitions.map(({ metadata }) => metadata && JSON.stringify(metadata)),
        ...COLUMNS.map(([, field]) => definitions.map((definition) => definition[field])),
      ],
    );
  }

  async delete(id: string, transaction: Queryable): Promise<boolean> {
    const rows = await transaction.query('DELETE FROM identity."PolicyDefinition" WHERE id = $1 RETURNING id', [id]);
    return rows.length === 1;
  }

  async rolesInTokensOf(userId: string): Promise<Set<string>> {
    const sql = 'SELECT id FROM identity."UserRole" WHERE user_id = $1';
    return new Set((await this.database.query<{ id: string }>(sql, [userId])).map(({ id }) => id));
  }

  async rulesOfRoles(roleIds: string[], transaction: Queryable): Promise<Map<string, RoleRule[]>> {
    if (roleIds.length === 0) return new Map();
    // A superset of what a check follows: in which domain a role has another one is not looked at.
    const rows = await transaction.query<RoleRule & { root: string }>(
      `WITH RECURSIVE held (root, role) AS (
         SELECT id, id FROM unnest($1::text[]) AS id
         UNION
         SELECT held.root, d.target_id FROM held JOIN identity."PolicyDefinition" d
           ON d.subject_id = held.role AND d.subject_type = 'Role' AND d.target_type = 'Role'
           AND d.variant IN ('role_inherits', 'assign_role')
       )
       SELECT held.root, coalesce(p.code, '*') AS object, coalesce(g.action, '*') AS action,
         coalesce(g.effect, 'allow') AS effect, coalesce(g.domain, 'ANY_MEMBER') AS domain
       FROM held JOIN identity."PolicyDefinition" g
         ON g.subject_id = held.role AND g.subject_type = 'Role' AND g.variant = 'grant'
       LEFT JOIN identity."Permission" p ON p.id = ${rowId('g.target_id')} AND g.target_type = 'Permission'`,
      [roleIds],
    );
    const rules = new Map<string, RoleRule[]>(roleIds.map((id) => [id, []]));
    for (const { root, ...rule } of rows) rules.get(root)?.push(rule);
    return rules;
  }
}
