import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase, poll, type TestDatabase, testRedisUrl } from '@platform/testing';
import type { ListedPermission } from './application/list-permissions.js';
import type { Check } from './domain/check.js';
import { type Replica, startReplica } from './testing/start-replica.js';
import { type Definition, wholePolicy } from './testing/whole-policy.js';
import { writeDefinitions } from './testing/write-definitions.js';

const USERS = ['1', '2', '3'];
const ROLES = ['11', '12', '13', '14'];
const DOMAINS = ['Shop_1', 'Shop_2', 'Mall_1'];
const CODES = ['a', 'a.b', 'a.b.c', 'x', 'x.y', '*'];
const ACTIONS = ['read', 'write', 'manage'];
const OBJECTS = ['a', 'a.b', 'a.b.c', 'a.z', 'x', 'x.y'];

const role = fc.constantFrom(...ROLES.map((id) => `Role_${id}`));
const user = fc.constantFrom(...USERS.map((id) => `User_${id}`));
const code = fc.constantFrom(...CODES);
const action = fc.constantFrom(...ACTIONS);
const domain = fc.constantFrom(...DOMAINS);
const definition: fc.Arbitrary<Definition> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      variant: fc.constant('grant'),
      subject: fc.oneof(user, role),
      target: code,
      action: fc.oneof(action, fc.constant('*')),
      effect: fc.constantFrom('allow', 'allow', 'allow', 'allow', 'allow', 'deny'),
      domain: fc.option(fc.oneof(domain, fc.constantFrom('SYSTEM_WIDE', 'ANY_MEMBER')), { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      variant: fc.constant('assign_role'),
      subject: user,
      target: role,
      domain: fc.option(domain, { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ variant: fc.constant('role_inherits'), subject: role, target: role }) },
  { weight: 2, arbitrary: fc.record({ variant: fc.constant('join_domain'), subject: user, target: domain }) },
  { weight: 1, arbitrary: fc.record({ variant: fc.constant('domain_inherits'), subject: domain, target: domain }) },
  { weight: 1, arbitrary: fc.record({ variant: fc.constant('resource_inherits'), subject: code, target: code }) },
  { weight: 1, arbitrary: fc.record({ variant: fc.constant('action_inherits'), subject: action, target: action }) },
);
const definitions = fc.uniqueArray(definition, {
  selector: (each) => JSON.stringify(each),
  minLength: 4,
  maxLength: 40,
  size: 'max',
});
const CHECKS: Check[] = USERS.flatMap((id) =>
  [undefined, ...DOMAINS].flatMap((where) =>
    OBJECTS.flatMap((object) =>
      ACTIONS.map((what) => ({ subject: { type: 'User', id }, domain: where, object, action: what })),
    ),
  ),
);

let store: TestDatabase;
let replica: Replica;
let other: Replica;

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  const stores = { databaseUrl: store.url, redisUrl: await testRedisUrl() };
  replica = await startReplica(stores);
  other = await startReplica(stores);
});
afterAll(async () => {
  await Promise.all([replica.stop(), other.stop()]);
  await store.drop();
});

/** Replaces all definitions, and waits until both replicas have heard of it. */
async function become(all: readonly Definition[]): Promise<void> {
  const marker = { type: 'Marker', id: String(performance.now()) };
  const seen: Definition = { variant: 'grant', subject: `Marker_${marker.id}`, target: 'a', action: 'read' };
  await replica.checks.one({ subject: marker, object: 'a', action: 'read' });
  await other.checks.one({ subject: marker, object: 'a', action: 'read' });
  await writeDefinitions(replica.database, [...all, seen], CODES);
  for (const { checks } of [replica, other]) {
    await poll('the change is heard of', 2, async () => {
      return (await checks.one({ subject: marker, object: 'a', action: 'read' })).allowed || undefined;
    });
  }
}

async function expectedOf(all: readonly Definition[]): Promise<boolean[]> {
  const reference = await wholePolicy(all, { objects: [...OBJECTS, ...CODES], actions: ACTIONS });
  return await Promise.all(CHECKS.map(reference));
}

async function expectAsExpected({ checks }: Replica, expected: readonly boolean[]): Promise<void> {
  const results = await checks.all(CHECKS);
  expect(results.map(({ allowed }, index) => [CHECKS[index], allowed])).toEqual(
    expected.map((allowed, index) => [CHECKS[index], allowed]),
  );
}

it('equals plain Casbin with the whole policy loaded, on every replica', async () => {
  const seen = { allowed: 0, denied: 0 };
  await fc.assert(
    fc.asyncProperty(definitions, async (all) => {
      await become(all);
      const expected = await expectedOf(all);
      await expectAsExpected(replica, expected);
      await expectAsExpected(other, expected);
      for (const allowed of expected) seen[allowed ? 'allowed' : 'denied'] += 1;
    }),
    { numRuns: 50 },
  );
  // A test that only ever saw denials would prove little.
  expect(seen.allowed).toBeGreaterThan(500);
  expect(seen.denied).toBeGreaterThan(500);
}, 90_000);

/** As the document tells sisters to read the list of permissions. */
function mayBy(permissions: ListedPermission[], { object, action: asked }: Check): boolean {
  const matching = permissions.filter(
    (each) =>
      (each.object === '*' || each.object === object || object.startsWith(`${each.object}.`)) &&
      (each.action === '*' || each.action === asked),
  );
  return matching.some(({ effect }) => effect === 'allow') && !matching.some(({ effect }) => effect === 'deny');
}

it('lists the permissions from which the same follows', async () => {
  await fc.assert(
    fc.asyncProperty(definitions, async (all) => {
      await become(all);
      const results = await replica.checks.all(CHECKS);
      for (const [index, check] of CHECKS.entries()) {
        const { permissions } = await replica.permissions.execute(check.subject, check.domain);
        expect([check, mayBy(permissions, check)]).toEqual([check, results[index]?.allowed]);
      }
    }),
    { numRuns: 30 },
  );
});

it('equals it also while fifty ask at once and others are written about', async () => {
  await fc.assert(
    fc.asyncProperty(definitions, async (all) => {
      await become(all);
      const expected = await expectedOf(all);
      let next = 5000;
      const write = async () => {
        next += 1;
        // About somebody else; and a Permission, which everybody has to hear of.
        const id = String(next);
        await other.database.query(
          `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
           VALUES ($1::bigint, 'assign_role', 'User', $1::bigint::text, 'Role', '11')`,
          [id],
        );
        await other.database.query(
          'INSERT INTO identity."Permission" (id, code, name) VALUES ($1::bigint, $1::bigint::text, $1::bigint::text)',
          [id],
        );
      };
      const ask = async (index: number) => {
        const place = (index * 37) % CHECKS.length;
        const check = CHECKS[place];
        if (!check) throw new Error('no check');
        const { allowed } = await (index % 2 ? replica : other).checks.one(check);
        expect([check, allowed]).toEqual([check, expected[place]]);
      };
      const writes = Promise.all(Array.from({ length: 10 }, write));
      for (let round = 0; round < 4; round += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => ask(round * 50 + index)));
      }
      await writes;
    }),
    { numRuns: 10 },
  );
});

it('answers with the one or the other while the asked subject itself is written about, and never with half of it', async () => {
  const grant = (target: string, effect: string) => ({
    variant: 'grant',
    subject: 'User_1',
    target,
    action: 'read',
    effect,
    domain: 'SYSTEM_WIDE',
  });
  const states = [
    [grant('a', 'allow'), grant('x', 'deny')],
    [grant('a', 'deny'), grant('x', 'allow')],
  ];
  const check = (object: string) => ({ subject: { type: 'User', id: '1' }, object, action: 'read' });
  await become(states[0] ?? []);
  const writing = { isOver: false };
  const write = async () => {
    for (let turn = 1; turn <= 40; turn += 1) await writeDefinitions(other.database, states[turn % 2] ?? [], CODES);
    writing.isOver = true;
  };
  const seen = new Set<string>();
  const ask = async () => {
    while (!writing.isOver) {
      await nextTurn(); // an answer from memory waits for nothing, and would leave the writer no turn
      // One call is one slice: either both are of the one state or both of the other.
      const [first, second] = await replica.checks.all([check('a'), check('x')]);
      seen.add(`${first?.allowed} ${second?.allowed}`);
    }
  };
  await Promise.all([write(), ...Array.from({ length: 50 }, ask)]);
  expect([...seen].toSorted()).toEqual(['false true', 'true false']);
});

it('is right about a subject of ten thousand lines, in ten layers of ten roles that lead in circles', async () => {
  const layers = Array.from({ length: 10 }, (_, layer) =>
    Array.from({ length: 10 }, (_none, n) => `Role_${layer}x${n}`),
  );
  const inherits = layers.flatMap((roles, layer) =>
    roles.flatMap((from) =>
      (layers[(layer + 1) % 10] ?? []).map((to) => ({ variant: 'role_inherits', subject: from, target: to })),
    ),
  );
  const codes = Array.from({ length: 10_000 }, (_, index) => `code${index}`);
  const grants = codes.map((target, index) => ({
    variant: 'grant',
    subject: index % 2 ? 'User_7' : `Role_9x${index % 10}`,
    target,
    action: 'read',
    effect: index % 1000 === 3 ? 'deny' : 'allow',
    domain: 'SYSTEM_WIDE',
  }));
  const assigned = { variant: 'assign_role', subject: 'User_7', target: 'Role_0x0' };
  await writeDefinitions(replica.database, [...grants, ...inherits, assigned], codes);
  const checks = [0, 1, 3, 4998, 4999, 9998, 9999].map((index) => ({
    subject: { type: 'User', id: '7' },
    object: `code${index}.part`,
    action: 'read',
  }));
  await poll('the change is heard of', 3, async () => (await replica.checks.all(checks))[0]?.allowed || undefined);
  const results = await replica.checks.all([
    ...checks,
    { subject: { type: 'User', id: '7' }, object: 'code10000', action: 'read' },
  ]);
  expect(results.map(({ allowed }) => allowed)).toEqual([true, true, false, true, true, true, true, false]);
});
