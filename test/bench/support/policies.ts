import pg from 'pg';
import type { Stage } from './stage.ts';

/** Of each subject: so many grants of its own, and a role with as many less one, whose assignment is the twentieth line. */
export const GRANTS_OF_A_SUBJECT = 9;
const LINES_OF_A_SUBJECT = GRANTS_OF_A_SUBJECT + 1;
const ROLES = 100;
const GRANTS_OF_A_ROLE = 10;
const PERMISSIONS = 1000;
/** Below every snowflake of today. */
const FIRST = 10_000_000;

/** How many subjects share so many definitions. */
export const subjectsOf = (definitions: number) => definitions / LINES_OF_A_SUBJECT;

/** The code of a permission, from 0. */
const code = (index: number) => `resource${index}`;

/** Each subject's own grants are on `code(7 * subject + n)`; the ids of subjects count from 1. */
export const objectOf = (subject: number, n: number) => code((7 * subject + n) % PERMISSIONS);

/** Where a sister asks. */
export const CHECK_PATH = '/v1/api/identity/internal/policies/check';

/** A check of one of a subject's own grants: it is allowed. */
export function checkOf(subject: number, n: number): object {
  return { subject: { type: 'User', id: String(subject) }, object: objectOf(subject, n), action: 'read' };
}

/** Has every replica forget what it knows: a change of a permission concerns everybody. */
export async function forgetPolicies(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('UPDATE identity."Permission" SET name = name WHERE id = $1', [FIRST]);
  } finally {
    await client.end();
  }
}

/** A database with so many definitions about subjects, and those of a hundred roles. @returns its URL */
export async function seedPolicies(stage: Stage, definitions: number): Promise<string> {
  const name = `policies_${definitions}`;
  const url = await stage.createDatabase(name);
  await stage.identityWith({ overrides: { DATABASE_URL: url } }, 'migrate');
  await fillPolicies(url, definitions);
  return url;
}

/** The same in a database that is there; nothing if it has some. */
export async function fillPolicies(url: string, definitions: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM identity."Permission" WHERE id = $1', [FIRST]);
    if (rowCount) return;
    await client.query(
      `INSERT INTO identity."Permission" (id, code, name)
       SELECT $1::bigint + n, 'resource' || n, 'resource' || n FROM generate_series(0, $2 - 1) n`,
      [FIRST, PERMISSIONS],
    );
    const columns = '(id, variant, subject_type, subject_id, target_type, target_id, action, effect, domain)';
    const permission = (index: string) => `($1::bigint + (${index}) % ${PERMISSIONS})::text`;
    await client.query(
      `INSERT INTO identity."PolicyDefinition" ${columns}
       SELECT $1::bigint + r * ${GRANTS_OF_A_ROLE} + n, 'grant', 'Role', (1000 + r)::text,
         'Permission', ${permission('13 * r + n')}, 'list', 'allow', 'SYSTEM_WIDE'
       FROM generate_series(0, ${ROLES - 1}) r, generate_series(0, ${GRANTS_OF_A_ROLE - 1}) n`,
      [FIRST],
    );
    await client.query(
      `INSERT INTO identity."PolicyDefinition" ${columns}
       SELECT 2 * $1::bigint + s, 'assign_role', 'User', s::text, 'Role', (1000 + s % ${ROLES})::text, NULL, NULL, NULL
       FROM generate_series(1, $2::integer) s`,
      [FIRST, subjectsOf(definitions)],
    );
    await client.query(
      `INSERT INTO identity."PolicyDefinition" ${columns}
       SELECT 10 * $1::bigint + s * ${GRANTS_OF_A_SUBJECT} + n, 'grant', 'User', s::text,
         'Permission', ${permission('7 * s + n')}, 'read', 'allow', 'SYSTEM_WIDE'
       FROM generate_series(1, $2::integer) s, generate_series(0, ${GRANTS_OF_A_SUBJECT - 1}) n`,
      [FIRST, subjectsOf(definitions)],
    );
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
