import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signUpAdministrator } from '../support/administrators.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

interface Statement {
  text: string;
  values: unknown[];
}
interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

const USERS = 50_000;
/** What may be sorted: the items of a page, or the names of one account. */
const PAGE = 101;
/** How many rows may be looked at in vain: a search stops at a thousand identifiers, each of an account with three. */
const LOOKED_AT = 3000;

const SEEDED = [
  'User',
  'UserIdentifier',
  'AuditEvent',
  'Session',
  'SessionEnd',
  'PolicyDefinition',
  'Role',
  'Permission',
  'ServiceAccount',
];
const TABLES = new RegExp(`"(${SEEDED.join('|')})"`);

/** Whoever most definitions are of or about has fewer. */
const BUSY = 8000;

let service: TestService;
let token: string;

beforeAll(async () => {
  service = await startService();
  ({ accessToken: token } = await signUpAdministrator(service));
  await seed(USERS);
}, 120_000);
afterAll(async () => {
  await service.stop();
});

/** A thousandth is disabled, another one deleted; three names each; events of ten kinds, each second one of user 77. */
async function seed(count: number): Promise<void> {
  await service.sql(
    `INSERT INTO identity."User" (id, status) SELECT n, CASE n % 1000 WHEN 0 THEN 'disabled' WHEN 1 THEN 'deleted'
       ELSE 'active' END FROM generate_series(1, $1::int) n`,
    [count],
  );
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display)
     SELECT n * 3 + s.at, n, s.scheme, s.value, s.value FROM generate_series(1, $1::int) n, LATERAL (VALUES
       (0, 'email', left(md5(n::text), 12) || '@example.com'), (1, 'username', 'u' || left(md5(n::text), 12) || n),
       (2, 'phone', '+84' || 100000000 + n)) s (at, scheme, value) WHERE n % 1000 <> 1`,
    [count],
  );
  await service.sql(
    `INSERT INTO identity."AuditEvent" (id, occurred_at, action, outcome, actor_type, user_id)
     SELECT (n::bigint * 1000) << 22, timestamptz '2025-01-01Z' + n * interval '1 s', 'kind.' || n % 10, 'success',
       'user', CASE n % 2 WHEN 0 THEN 77 ELSE 1 + n % 5000 END FROM generate_series(1, $1::int) n`,
    [count],
  );
  await service.sql(
    `INSERT INTO identity."Session" (id, user_id, device_id, amr, audience, expires_at)
     SELECT n, n, 'd', '{pwd}', 'a', now() + interval '1 day' FROM generate_series(1, $1::int) n`,
    [count],
  );
  // A day of ends, which is what is kept, in transactions that this server has had.
  await service.sql(
    `INSERT INTO identity."SessionEnd" SELECT (3 + n / 100)::text::xid8, n, n, 'signed-out',
       now() - ($1::int - n) * interval '1.7 s' FROM generate_series(1, $1::int) n`,
    [count],
  );
  await seedPolicies(count);
  await analyse();
}

/** So thoroughly that no chance is left in what is sampled, and once and for all. */
async function analyse(): Promise<void> {
  const connection = await service.open();
  for (const table of SEEDED) await connection.query(`ALTER TABLE identity."${table}" SET (autovacuum_enabled = off)`);
  await connection.query('SET default_statistics_target = 1000');
  await connection.query('ANALYZE');
  await connection.end();
}

/** A tenth of the definitions is of one user, more than that about one permission; some variants are rare. */
async function seedPolicies(count: number): Promise<void> {
  for (const [table, name] of [
    ['Role', 'identifier'],
    ['Permission', 'code'],
  ])
    await service.sql(
      `INSERT INTO identity."${table}" (id, ${name}, name) SELECT n * 10, 'n' || n, 'n' FROM generate_series(1, $1::int) n`,
      [count],
    );
  await service.sql(
    `INSERT INTO identity."ServiceAccount" (id, name, digest, scopes, revoked_at)
     SELECT n, 'sister-' || n, sha256(n::text::bytea), '{*}', now() FROM generate_series(1, $1::int) n`,
    [count],
  );
  await service.sql(
    `INSERT INTO identity."PolicyDefinition"
       (id, variant, subject_type, subject_id, target_type, target_id, action, effect)
     SELECT 10000000 + n, CASE WHEN n % 1000 = 1 THEN 'assign_role' WHEN n % 1000 = 2 THEN 'join_domain' ELSE 'grant' END,
       'User', CASE n % 10 WHEN 0 THEN '77' ELSE (100 + n % 5000)::text END,
       CASE WHEN n % 1000 = 1 THEN 'Role' ELSE 'Permission' END, CASE WHEN n % 10 = 5 OR n % 20 = 0 THEN '70' ELSE (n * 10)::text END,
       'do' || n, 'allow' FROM generate_series(1, $1::int) n`,
    [count],
  );
}

/** What the service says to PostgreSQL while it answers this request, its guards' look-ups left out. */
async function statementsOf(path: string, headers?: Record<string, string>): Promise<Statement[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    const answer = await service.client.send('GET', path, headers ? { headers } : { token });
    expect([path, answer.status]).toEqual([path, 200]);
    return query.mock.calls
      .map(([first, values]: unknown[]) =>
        typeof first === 'string'
          ? { text: first, values: Array.isArray(values) ? values : [] }
          : { text: (first as Statement).text, values: (first as Statement).values ?? [] },
      )
      .filter(({ text }) => TABLES.test(text))
      .filter(
        ({ text }) => !/ended_at IS NULL AND s.expires_at|AS snapshot, (slice|within|json_agg)|UserRole/.test(text),
      );
  } finally {
    query.mockRestore();
  }
}

/** Its plan for these values, and the one for any: connections keep statements, and may come to use either. */
async function plansOf({ text, values }: Statement): Promise<Plan[]> {
  const connection = await service.open();
  try {
    await connection.query(`PREPARE asked AS ${text}`);
    const call = values.length > 0 ? `(${values.map(literal).join(', ')})` : '';
    const plans = [];
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await connection.query(`SET plan_cache_mode = ${mode}`);
      const { rows } = await connection.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked ${call}`,
      );
      plans.push(rows[0]!['QUERY PLAN'][0].Plan);
    }
    return plans;
  } finally {
    await connection.end();
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.join(',')}}`);
  if (value instanceof Date) return `'${value.toISOString()}'`;
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** What reads a whole table, sorts more than a page, or looks at many rows for few. */
function faultsOf(plan: Plan, { sorted, lookedAt } = { sorted: PAGE, lookedAt: LOOKED_AT }): string[] {
  return nodesOf(plan)
    .filter(
      (node) =>
        /^Seq|^Hash/.test(node['Node Type']) ||
        (/Sort|^Bitmap/.test(node['Node Type']) && node['Actual Rows'] > sorted) ||
        (node['Rows Removed by Filter'] ?? 0) * node['Actual Loops'] > lookedAt,
    )
    .map((node) => `${node['Node Type']} ${node['Relation Name'] ?? ''}`);
}

const FROM = '2025-01-01T05:00:00Z';
const TO = '2025-01-01T06:00:00Z';

const USER = 'subjectType=User&subjectId=';
const PERMISSION = 'targetType=Permission&targetId=';
/** Of one end: busy, rare and of nobody. */
const SUBJECTS = ['', `${USER}77`, `${USER}101`, `${USER}none`];
const TARGETS = ['', `${PERMISSION}70`, `${PERMISSION}230`, `${PERMISSION}none`];
const VARIANTS = ['', 'variant=grant', 'variant=assign_role', 'variant=join_domain', 'variant=role_inherits'];
const POLICIES = SUBJECTS.flatMap((subject) =>
  TARGETS.flatMap((target) =>
    VARIANTS.map((variant) => `/admin/policies?${[subject, target, variant].filter(Boolean).join('&')}`),
  ),
);

describe('with many accounts and events, an index answers', () => {
  it.each([
    ...['roles', 'permissions', 'service-accounts'].flatMap((list) => [
      `/admin/${list}`,
      `/admin/${list}?limit=100&cursor=25000`,
    ]),
    '/admin/users',
    '/admin/users?cursor=25000&limit=100',
    '/admin/users?status=active',
    '/admin/users?status=disabled',
    '/admin/users?status=deleted&cursor=25000',
    '/admin/users?query=a',
    '/admin/users?query=u&limit=100',
    '/admin/users?query=ab12',
    '/admin/users?query=nobody-at-all',
    '/admin/users?query=%2B841&status=active',
    '/admin/users?query=a&status=disabled',
    '/admin/users?query=25000',
    '/admin/users/25000',
    '/admin/users/25000/sessions',
    '/admin/users/25000/sessions?cursor=25001',
    '/admin/audit-events',
    '/admin/audit-events?userId=77',
    '/admin/audit-events?action=kind.3',
    '/admin/audit-events?action=kind.none',
    '/admin/audit-events?userId=77&action=kind.6',
    '/admin/audit-events?userId=77&action=kind.none',
    '/admin/audit-events?userId=78&action=kind.7',
    `/admin/audit-events?from=${FROM}`,
    `/admin/audit-events?to=${TO}`,
    `/admin/audit-events?from=${FROM}&to=${TO}`,
    `/admin/audit-events?userId=77&from=${FROM}&to=${TO}`,
    `/admin/audit-events?action=kind.3&from=${FROM}&to=${TO}`,
    `/admin/audit-events?userId=77&action=kind.6&from=${FROM}&to=${TO}`,
  ])('%s', async (path) => {
    const statements = await statementsOf(path);
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements)
      for (const plan of await plansOf(statement))
        expect([statement.text, faultsOf(plan)]).toEqual([statement.text, []]);
  });

  it.each(POLICIES)('%s', async (path) => {
    // One end's lines may be looked at, all of them if need be.
    const bounds = path.includes('Id=') ? { sorted: BUSY, lookedAt: BUSY } : undefined;
    for (const more of ['', '&limit=100&cursor=10025000']) {
      const [statement, ...others] = await statementsOf(path + more);
      expect(others).toEqual([]);
      for (const plan of await plansOf(statement!))
        expect([statement?.text, faultsOf(plan, bounds)]).toEqual([statement?.text, []]);
    }
  });

  it('behind a cursor of a search too', async () => {
    const { body } = await service.client.get('/admin/users?query=u&limit=1', token);
    const statements = await statementsOf(`/admin/users?query=u&cursor=${body.nextCursor}`);
    expect(statements.length).toBeGreaterThan(1);
    for (const statement of statements)
      for (const plan of await plansOf(statement))
        expect([statement.text, faultsOf(plan)]).toEqual([statement.text, []]);
  });

  it('where sister services ask which sessions have ended, from the beginning of the window and from a cursor', async () => {
    const { headers } = await createSister(service, 'revocations:read');
    const ask = async (query: string) => {
      const statements = await statementsOf(`/internal/revocations?${query}`, headers);
      return statements.filter(({ text }) => !text.includes('"ServiceAccount"')); // the guard looks each second
    };
    const cursor = async (query: string) =>
      ((await service.client.send('GET', `/internal/revocations?${query}`, { headers })).body as { nextCursor: string })
        .nextCursor;
    const [inside, end] = [await cursor('limit=100'), await cursor('')];
    const all = [await ask('limit=100'), await ask(`limit=100&after=${inside}`), await ask(`limit=100&after=${end}`)];
    expect(all.map((statements) => statements.length)).toEqual([2, 1, 1]);
    for (const statement of all.flat())
      for (const plan of await plansOf(statement))
        expect([statement.text, faultsOf(plan)]).toEqual([statement.text, []]);
  });

  it('and would not if it were missing: this test can fail', async () => {
    await service.sql('DROP INDEX identity."UserIdentifier_value_idx"');
    const [statement] = await statementsOf('/admin/users?query=a');
    const plans = await plansOf(statement!);
    expect(plans.flatMap((plan) => faultsOf(plan))).not.toEqual([]);
  });
});
