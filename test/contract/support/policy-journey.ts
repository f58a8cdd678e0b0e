import { expect } from 'vitest';
import { signUpAdministrator } from '../../support/administrators.js';
import type { TestService } from '../../support/start-service.js';
import type { Answer, Conformance } from './conformance.js';

const UNKNOWN_ID = '248151234567890944';

/** Goes everywhere in the administration of roles, permissions and policies, and away as the last administrator. */
export async function administerPolicies(service: TestService, api: Conformance): Promise<void> {
  const { accessToken: token, userId } = await signUpAdministrator(service);
  const role = await administer(api, token, 'Role', { identifier: 'clerk', name: 'Clerk' });
  const permission = await administer(api, token, 'Permission', { code: 'bills.read', name: 'Read bills' });

  const grant = { variant: 'grant', subjectType: 'Role', subjectId: role, targetType: 'Permission' };
  const order = { token, body: { ...grant, targetId: permission, action: 'read', metadata: { ticket: 'OPS-1' } } };
  const { status, body } = await api.call('createPolicy', order);
  expect([status, await statusOf(api.call('createPolicy', order))]).toEqual([201, 409]);
  expect(await statusOf(api.call('createPolicy', { token, body: { ...order.body, action: null } }))).toBe(422);
  expect(await statusOf(api.call('listPolicies', { token, query: { limit: '1' } }))).toBe(200);
  expect(await statusOf(api.call('listPolicies', { token, query: { subjectType: 'User' } }))).toBe(422);
  await read(api, token, 'Policy', body.id as string);
  await exchange(api, token);

  expect(await statusOf(api.call('deleteRole', { token, id: role }))).toBe(409);
  expect(await statusOf(api.call('deletePermission', { token, id: permission }))).toBe(409);
  expect(await statusOf(api.call('revokePolicy', { token, id: body.id as string }))).toBe(204);
  for (const [name, id] of Object.entries({ Role: role, Permission: permission })) {
    expect(await statusOf(api.call(`delete${name}`, { token, id }))).toBe(204);
    expect(await statusOf(api.call(`delete${name}`, { token, id }))).toBe(404);
    expect(await statusOf(api.call(`delete${name}`, { token, id: 'x' }))).toBe(422);
  }
  await leave(service, api, token, userId);
}

const statusOf = async (answer: Promise<Answer>) => (await answer).status;

async function administer(api: Conformance, token: string, name: 'Role' | 'Permission', fields: object) {
  const order = { token, body: fields };
  const { status, body } = await api.call(`create${name}`, order);
  const id = body.id as string;
  expect([status, await statusOf(api.call(`create${name}`, order))]).toEqual([201, 409]);
  expect(await statusOf(api.call(`create${name}`, { token, body: {} }))).toBe(422);
  expect(await statusOf(api.call(`list${name}s`, { token, query: { limit: '1' } }))).toBe(200);
  expect(await statusOf(api.call(`list${name}s`, { token, query: { limit: '0' } }))).toBe(422);
  await read(api, token, name, id);
  const change = async (of: string, changes: object) =>
    await statusOf(api.call(`change${name}`, { token, id: of, body: changes }));
  expect(await change(id, { name: 'Another' })).toBe(200);
  expect(await change(id, { id: '7' })).toBe(422);
  expect(await change(UNKNOWN_ID, { name: 'Another' })).toBe(404);
  const other = { ...fields, ...renamed(name) };
  expect(await statusOf(api.call(`create${name}`, { token, body: other }))).toBe(201);
  expect(await change(id, renamed(name))).toBe(409);
  return id;
}

function renamed(name: 'Role' | 'Permission') {
  return name === 'Role' ? { identifier: 'another' } : { code: 'another' };
}

async function read(api: Conformance, token: string, name: string, id: string): Promise<void> {
  expect(await statusOf(api.call(`read${name}`, { token, id }))).toBe(200);
  expect(await statusOf(api.call(`read${name}`, { token, id: UNKNOWN_ID }))).toBe(404);
  expect(await statusOf(api.call(`read${name}`, { token, id: 'x' }))).toBe(422);
}

async function exchange(api: Conformance, token: string): Promise<void> {
  const file = await api.call('exportPolicies', { token, query: { format: 'json' } });
  expect(file.status).toBe(200);
  expect(await statusOf(api.call('exportPolicies', { token, query: { format: 'xml' } }))).toBe(422);
  const content = JSON.stringify(file.body);
  const imported = await api.call('importPolicies', { token, body: { format: 'json', content } });
  expect(imported.body).toMatchObject({ created: 0 });
  expect(await statusOf(api.call('importPolicies', { token, body: { format: 'csv', content: 'x' } }))).toBe(422);
  // A role that denies everything, inherited by all administrators.
  const role = await api.call('createRole', { token, body: { identifier: 'forbidding', name: 'Forbidding' } });
  const shutOut = [
    'variant,subjectType,subjectId,subjectName,targetType,targetId,targetName,action,effect,domain',
    `grant,Role,${String(role.body.id)},,Permission,,*,*,deny,SYSTEM_WIDE`,
    `role_inherits,Role,,administrator,Role,${String(role.body.id)},,,,`,
  ].join('\n');
  expect(await statusOf(api.call('importPolicies', { token, body: { format: 'csv', content: shutOut } }))).toBe(409);
}

async function leave(service: TestService, api: Conformance, token: string, userId: string): Promise<void> {
  const [own] = await service.sql<{ id: string }>(
    `WITH others AS (DELETE FROM identity."PolicyDefinition" WHERE variant = 'assign_role' AND subject_id <> $1)
     SELECT id FROM identity."PolicyDefinition" WHERE subject_id = $1`,
    [userId],
  );
  expect(await statusOf(api.call('deleteMe', { token }))).toBe(409);
  expect(await statusOf(api.call('revokePolicy', { token, id: own?.id }))).toBe(409);
  expect(await statusOf(api.call('revokePolicy', { token, id: UNKNOWN_ID }))).toBe(404);
  expect(await statusOf(api.call('revokePolicy', { token, id: 'x' }))).toBe(422);
}
