import { join } from 'node:path';
import { type Enforcer, newEnforcer, newModelFromString } from 'casbin';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type * as Config from '@platform/config';
import type * as PlatformDatabase from '@platform/database';
import { ROOT } from '../support/root.ts';
import { GRANTS_OF_A_SUBJECT, objectOf } from '../support/policies.ts';
import { answerParent } from './answer-parent.ts';

type Order =
  | { kind: 'open'; env: Record<string, string> }
  | { kind: 'warm'; subjects: number; checks: number }
  | { kind: 'cold'; subjects: number; step: number }
  | { kind: 'bare'; checks: number };

interface Checks {
  one(check: object): Promise<{ allowed: boolean }>;
}

const MODEL = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act, eft
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`;

let checks: Checks;
let bare: Map<string, Enforcer>;

/** Checks as the API has them, in its own process, without HTTP; and what they are held against. */
answerParent(async (order: Order) => {
  if (order.kind === 'open') return await open(order.env);
  if (order.kind === 'bare') return summary(await timed(order.checks, (index) => plain(index)));
  if (order.kind === 'warm') {
    for (let subject = 1; subject <= order.subjects; subject += 1) await ours(subject);
    return summary(await timed(order.checks, (index) => ours(1 + (index % order.subjects))));
  }
  return summary(await timed(order.subjects, (index) => ours(1 + index * order.step)));
});

async function open(env: Record<string, string>): Promise<void> {
  const { createApp } = await built<{ createApp: (settings: object) => Promise<NestFastifyApplication> }>(
    'apps/api/src/bootstrap.js',
  );
  const { loadSettings } = await built<typeof Config>('libs/platform/config/src/index.js');
  const { databaseReady } = await built<typeof PlatformDatabase>('libs/platform/database/src/index.js');
  const { CheckPolicies } = await built<{ CheckPolicies: Type<Checks> }>(
    'libs/policy/src/application/check-policies.js',
  );
  const app = await createApp(loadSettings(env));
  await app.init();
  await databaseReady(app);
  checks = app.get(CheckPolicies, { strict: false });
  bare = new Map([['User_1', await twentyLines()]]);
}

/** A module of the built API. */
async function built<Module>(path: string): Promise<Module> {
  return (await import(join(ROOT, 'dist/apps/api', path))) as Module;
}

async function twentyLines(): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addNamedGroupingPolicy('g', 'User_1', 'Role_1', 'SYSTEM_WIDE');
  for (let line = 0; line < 20; line += 1)
    await enforcer.addPolicy('Role_1', 'SYSTEM_WIDE', `resource${line}`, 'read', 'allow');
  await enforcer.buildRoleLinks();
  return enforcer;
}

async function ours(subject: number): Promise<void> {
  const object = objectOf(subject, subject % GRANTS_OF_A_SUBJECT);
  const { allowed } = await checks.one({ subject: { type: 'User', id: String(subject) }, object, action: 'read' });
  if (!allowed) throw new Error(`User_${subject} may not read ${object}`);
}

function plain(index: number): Promise<void> {
  const allowed = bare.get('User_1')?.enforceSync('User_1', 'SYSTEM_WIDE', `resource${index % 20}`, 'read');
  return allowed ? Promise.resolve() : Promise.reject(new Error('plain Casbin denies'));
}

/** One after the other. @returns milliseconds of each */
async function timed(count: number, work: (index: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await work(index);
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b);
}

function summary(times: number[]): { p50: number; p99: number } {
  const at = (part: number) => times[Math.floor(times.length * part)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
