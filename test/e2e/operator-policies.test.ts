import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase } from '@platform/testing';
import { atOnce } from '../support/races.js';
import { auditCount } from '../support/records.js';
import { runIdentity } from '../support/run-identity.js';
import { startService, type TestService } from '../support/start-service.js';

const MANY = 100_000;

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-policies-'));
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

const policies = (...args: string[]) => runIdentity(service.env, ['policies', ...args]);
const json = async (...args: string[]) => {
  const { code, out, err } = await policies(...args, '--json');
  expect([err, code]).toEqual(['', 0]);
  return JSON.parse(out) as Record<string, unknown>;
};
const definitionsOf = (subjectId: string) =>
  service.sql('SELECT id FROM identity."PolicyDefinition" WHERE subject_id = $1', [subjectId]);
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('identity policies', () => {
  it('grants a permission by its code, checks, explains and revokes it', async () => {
    const { username, userId } = await service.client.signUp();
    const user = ['--user', `username:${username}`];
    const order = [...user, '--permission', 'orders.read', '--action', 'read', '--domain', 'Shop_7'];
    const missing = await policies('grant', ...order);
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/there is no permission orders\.read/);
    const { id } = await json('grant', ...order, '--create-permission');
    expect((await policies('grant', ...order)).err).toMatch(/such a definition already/);
    expect(await auditCount(service, 'policy.created', userId)).toBe(1);

    const asked = [...user, '--object', 'orders.read', '--action', 'read'];
    expect(await json('check', ...asked, '--domain', 'Shop_7')).toEqual({ allowed: true, policyId: id });
    const denied = await policies('check', ...asked, '--domain', 'Shop_8', '--json');
    expect([denied.code, denied.err, JSON.parse(denied.out)]).toEqual([2, '', { allowed: false, policyId: null }]);
    const why = await policies('explain', ...asked, '--domain', 'Shop_8', '--json');
    expect([why.code, why.err]).toEqual([0, 'denied, by no rule\n']);
    expect(JSON.parse(why.out)).toMatchObject([
      { policyId: id, from: `User_${userId}`, why: 'holds in Shop_7, where Shop_8 does not lie' },
    ]);

    const table = await policies('list', ...user);
    expect(table.out).toMatch(
      new RegExp(`^${String(id)} +grant +User_${userId} +Permission_\\d+ \\(orders.read\\)`, 'm'),
    );
    expect(await json('revoke', ...order)).toEqual({ id, revoked: true });
    expect(await definitionsOf(userId)).toEqual([]);
    expect((await policies('revoke', String(id))).err).toMatch(/no such definition/);
  });

  it('explains by what inherits as well, and shows what counts for nothing', async () => {
    const { userId } = await service.client.signUp();
    const [domain, action] = [`Shop_${userId}`, `peek${userId}`];
    const order = ['--user', userId, '--permission', `goods-${userId}`, '--create-permission'];
    const { id: mall } = await json('grant', ...order, '--action', 'look', '--domain', `Mall_${userId}`);
    const { id: away } = await json('grant', ...order, '--action', 'look', '--domain', 'Shop_9');
    const { id: write } = await json('grant', ...order, '--action', 'write');
    const { id: denial } = await json('grant', ...order, '--action', action, '--domain', 'SYSTEM_WIDE', '--deny');
    await service.sql(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id) VALUES
         (901, 'domain_inherits', 'Shop', $1, 'Mall', $1), (902, 'action_inherits', 'Action', 'peek' || $1, 'Action', 'look'),
         (903, 'owner', 'User', $1, 'Shop', '1'), (904, 'resource_inherits', 'Permission', $1, 'Permission', '0'),
         (905, 'domain_inherits', 'Mall', $1, 'Big_City', '1')`,
      [userId],
    );
    const asked = ['--user', userId, '--object', `goods-${userId}.one`, '--action', action, '--domain', domain];
    const { code, out, err } = await policies('explain', ...asked, '--json');
    expect([code, err]).toEqual([0, `denied by ${String(denial)}\n`]);
    const said = JSON.parse(out) as { policyId: string; why: string; from: string }[];
    const nothing = 'counts for nothing:';
    expect(Object.fromEntries(said.map(({ policyId, why }) => [policyId, why]))).toEqual({
      [String(mall)]: 'would allow, were it not denied',
      [String(away)]: `holds in Shop_9, where ${domain} does not lie`,
      [String(write)]: `write does not imply ${action}`,
      [String(denial)]: 'decides',
      903: `${nothing} the variant owner is not known`,
      904: `${nothing} its subject is no Permission that exists`,
      905: `${nothing} a type is not letters and digits`,
    });
    expect(said.find(({ policyId }) => policyId === '905')?.from).toBe(`Mall_${userId}`);
    const { out: table } = await policies('explain', ...asked);
    expect(table).toMatch(new RegExp(`^903 +User_${userId} .*${nothing} the variant owner is not known$`, 'm'));
    await service.sql('DELETE FROM identity."PolicyDefinition" WHERE id BETWEEN 901 AND 905');
  });

  it('grants a role by its identifier, once, and takes it back, but not from the last administrator', async () => {
    const { userId } = await service.client.signUp();
    const order = ['--user', userId, '--role', 'administrator'];
    const results = await atOnce(3, () => policies('grant', ...order));
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
    expect(await definitionsOf(userId)).toHaveLength(1);
    const last = await policies('revoke', ...order);
    expect(last).toEqual({ code: 1, out: '', err: 'identity: This would leave no active administrator.\n' });
    const { userId: other } = await service.client.signUp();
    await json('grant', '--user', other, '--role', 'administrator');
    await json('revoke', ...order);
    expect(await definitionsOf(userId)).toEqual([]);
  });

  it('says in one line what is wrong, and exits 1', async () => {
    const { userId } = await service.client.signUp();
    const user = ['--user', userId];
    for (const [args, says] of [
      [['grant', ...user], /name what: --permission or --role/],
      [['grant', ...user, '--permission', 'x', '--role', 'y'], /name what/],
      [['grant', '--role', 'administrator'], /name whom/],
      [['grant', ...user, '--role', 'administrator', '--action', 'read'], /action is of grants alone/],
      [['grant', ...user, '--role', 'nobody'], /there is no role nobody/],
      [['grant', ...user, '--permission', '*', '--action', 'read', '--domain', 'x'], /domain wants <Type>_<id>/],
      [['check', '--subject', 'Shop', '--object', 'x', '--action', 'y'], /Shop is not of the form <Type>_<id>/],
      [['revoke', 'x'], /id/],
      [['import', join(folder, 'none.csv')], /ENOENT/],
      [['import', file('what.txt', '')], /--format csv or --format json/],
    ] as const) {
      const { code, out, err } = await policies(...args);
      expect([args, code, out]).toEqual([args, 1, '']);
      expect(err).toMatch(says);
    }
  });
});

describe('identity policies import', () => {
  const HEADING = 'variant,subjectType,subjectId,targetType,targetName,action\n';

  it('writes a hundred thousand lines, or none of them, and tells how far it is', async () => {
    const lines = Array.from({ length: MANY }, (_item, at) => `grant,Device,d${at},Permission,devices.use,use`);
    const bad = file('bad.csv', `${HEADING}${lines.join('\n')}\ngrant,Device,d1,Permission,devices.use,\n`);
    const refused = await policies('import', bad, '--create-missing');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toBe(`lines.${MANY + 2}.action: is wanted by a grant\nidentity: nothing was imported\n`);
    expect(await definitionsOf('d1')).toEqual([]);
    await service.sql(`CREATE FUNCTION identity.refuse_line() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.subject_id = 'd99000' THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$`);
    await service.sql(`CREATE TRIGGER refuse_line BEFORE INSERT ON identity."PolicyDefinition" FOR EACH ROW
      EXECUTE FUNCTION identity.refuse_line()`);
    const good = file('good.csv', HEADING + lines.join('\n'));
    const late = await policies('import', good, '--create-missing');
    expect(late).toMatchObject({ code: 1, out: '' });
    expect(late.err).toMatch(/^98000 of 100000\nidentity: refused$/m);
    expect(await definitionsOf('d1')).toEqual([]);
    await service.sql('DROP FUNCTION identity.refuse_line CASCADE');
    const began = performance.now();
    const { code, out, err } = await policies('import', good, '--create-missing', '--json');
    expect([code, JSON.parse(out)]).toEqual([0, { created: MANY, unchanged: 0 }]);
    expect(performance.now() - began).toBeLessThan(60_000);
    expect(err.trim().split('\n').at(-1)).toBe(`${MANY} of ${MANY}`);
    const again = await policies('import', good, '--json');
    expect(JSON.parse(again.out)).toEqual({ created: 0, unchanged: MANY });
    await service.sql(`DELETE FROM identity."PolicyDefinition" WHERE subject_type = 'Device'`);
  }, 180_000);

  it.each(['csv', 'json'])('writes what an export to %s wrote, into an empty database', async (format) => {
    await service.sql(
      `INSERT INTO identity."Role" (id, identifier, name) VALUES (70, 'clerk', 'Clerk') ON CONFLICT DO NOTHING`,
    );
    const rows = [
      ['assign_role', 'User', '=1+1', 'Role', '70', null, null, 'Shop_7', null],
      ['role_inherits', 'Role', '70', 'Role', '1', null, null, null, '{"why": "said \\"so\\", twice"}'],
      ['join_domain', 'User', '"quoted"', 'Shop', '@7', null, null, null, null],
      ['domain_inherits', 'Shop', '7', 'Region', 'Đà-Nẵng', null, null, null, null],
      ['action_inherits', 'Action', 'list', 'Action', 'read', null, null, null, '{}'],
    ];
    for (const [index, row] of rows.entries())
      await service.sql(
        `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action,
           effect, domain, metadata) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
        [900 + index, ...row],
      );
    const { out, code } = await policies('export', '--format', format);
    expect(code).toBe(0);
    const empty = await createTestDatabase();
    await migrate(empty.url);
    const env = { ...service.env, DATABASE_URL: empty.url };
    const imported = await runIdentity(env, [
      'policies',
      'import',
      file(`all.${format}`, out),
      '--create-missing',
      '--json',
    ]);
    expect(imported.code).toBe(0);
    const again = await runIdentity(env, ['policies', 'export', '--format', 'json']);
    const items = async (text: string) => (JSON.parse(text) as object[]).map((item) => JSON.stringify(item)).toSorted();
    const original = await policies('export', '--format', 'json');
    expect(await items(again.out)).toEqual(await items(original.out));
    const client = new pg.Client({ connectionString: empty.url });
    await client.connect();
    const { rows: kept } = await client.query(`SELECT identifier FROM identity."Role" WHERE id = 70`);
    expect(kept).toEqual([{ identifier: 'clerk' }]);
    await client.end();
    await empty.drop();
  });
});
