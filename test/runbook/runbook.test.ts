import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';
import { ALERTS } from './expectations/alerts.js';
import type { Scene } from './expectations/expectation.js';
import { OPERATIONS } from './expectations/operations.js';
import { RECOVERY } from './expectations/recovery.js';
import { blocksOf } from './support/blocks.js';
import { runProcess } from './support/programs.js';
import { causeTrouble, failedNotice, lockedPhone, personWithMail } from './support/troubles.js';
import { startWorld } from './support/world.js';

const page = readFileSync(join(projectRoot(), 'docs/runbook.md'), 'utf8');
const commands = blocksOf(page, 'sh');
const queries = blocksOf(page, 'promql').flatMap(({ text }) => text.split('\n').filter(Boolean));
const EXPECTATIONS = { ...ALERTS, ...OPERATIONS, ...RECOVERY };
/** Of the probe's exporter, not ours. */
const FOREIGN = new Set(['probe_success']);

let scene: Scene;

beforeAll(async () => {
  const world = await startWorld();
  scene = { ...world, ana: await personWithMail(world) };
  await causeTrouble(scene);
  await failedNotice(scene, scene.ana);
  await lockedPhone(scene);
});
afterAll(() => scene?.stop());

it('every block of the page is one that is expected, in its order', () => {
  expect(commands.map(({ name }) => name)).toEqual(Object.keys(EXPECTATIONS));
});

describe('as it is printed,', () => {
  it.each(commands)('$name', async ({ name, text }) => {
    const expectation = EXPECTATIONS[name];
    if (!expectation) throw new Error(`nobody has said what is expected of this block:\n${text}`);
    Object.assign(scene.shell.variables, await expectation.given?.(scene));
    const outcome = await scene.shell.run(text);
    expect(outcome, outcome.err).toMatchObject({ code: 0 });
    if (expectation.says) expect(outcome.out).toMatch(expectation.says);
    await expectation.after?.(scene, outcome);
  });
});

describe('queries of the page', () => {
  it('are what Prometheus takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nx-identity-queries-'));
    const rules = queries.map((expr, at) => ({ record: `runbook:query_${at}`, expr }));
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'runbook', rules }] }));
    const env = { PATH: process.env['PATH'] ?? '' };
    const outcome = await runProcess('promtool', ['check', 'rules', file], { cwd: folder, env });
    rmSync(folder, { recursive: true });
    expect(outcome, outcome.err).toMatchObject({ code: 0 });
    expect(outcome.out).toContain(`${rules.length} rules found`);
  });

  it('name metrics that API or worker have', async () => {
    const { api, worker } = scene;
    await Promise.all([api.settled(), worker.settled()]);
    const origins = [api, worker].map(({ pods }) => pods[0]!.service.managementOrigin);
    const metrics = await Promise.all(origins.map(async (origin) => (await fetch(`${origin}/metrics`)).text()));
    const known = new Set([...metrics.join('\n').matchAll(/^(?:# TYPE )?([a-z_]+)[ {]/gm)].map(([, name]) => name));
    const named = queries.flatMap((query) => query.match(/\b(?:identity|http|probe)_[a-z_]+/g) ?? []);
    expect(named.length).toBeGreaterThan(queries.length - 1);
    expect(named.filter((name) => !known.has(name) && !FOREIGN.has(name))).toEqual([]);
  });
});
