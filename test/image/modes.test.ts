import { chownSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { Client } from '../support/client.js';
import { prepareEnvironment } from '../support/start-service.js';
import { type Container, type Order, runContainer, SECRETS, startContainer } from './support/container.js';
import { readImage } from './support/image.js';

/** Kubernetes kills after it. */
const GRACE_SECONDS = 30;

const image = readImage();
const health = image.config.Healthcheck.Test.slice(1);
const [uid = 0, gid = 0] = image.config.User.split(':').map(Number);
let prepared: Awaited<ReturnType<typeof prepareEnvironment>>;
let order: Order;
let running: Container | undefined;

beforeAll(async () => {
  prepared = await prepareEnvironment();
  const { folder, env } = prepared;
  for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, name), uid, gid);
  }
  // Everything else as the image and the service have it by themselves, in production.
  const taken = Object.entries(env).filter(([name]) => /^(?:PORT|MANAGEMENT_PORT|.*_URL|.*_DIR|.*_FILE)$/.test(name));
  const settings = Object.fromEntries(taken.map(([name, value]) => [name, value.replace(folder, SECRETS)]));
  const tokens = { JWT_ISSUER: 'https://identity.example.com', JWT_AUDIENCE: 'nx-seller' };
  order = { image, secrets: folder, env: { ...settings, ...tokens } };
});
afterAll(() => prepared.release());
afterEach(async () => {
  await running?.signal('SIGKILL').catch(() => undefined);
  await running?.ended;
  running = undefined;
});

function inMode(mode: string): Order {
  return { ...order, env: { ...order.env, RUN_MODE: mode } };
}

async function started(mode: string): Promise<Container> {
  const container = startContainer(inMode(mode));
  running = container;
  void container.ended.then(() => (running = undefined));
  await poll(`readiness of the ${mode}`, 60, async () => {
    if (running === undefined) throw new Error(`It ended: ${container.output()}`);
    const answer = await fetch(`http://127.0.0.1:${order.env.MANAGEMENT_PORT}/readyz`).catch(() => undefined);
    return answer?.status === 200 || undefined;
  });
  return container;
}

it('runs as nobody in particular, who can write nowhere', async () => {
  const script = 'id -u; id -g; for at in / /app /app/docker /tmp /etc; do (echo > $at/x) 2>&1; done; exit 0';
  const { code, output } = await runContainer({ ...order, command: ['sh', '-c', script] });
  const [user, group, ...refused] = output.trim().split('\n');
  expect([user, group, code]).toEqual([...image.config.User.split(':'), 0]);
  expect(refused).toEqual(Array(5).fill(expect.stringMatching(/Read-only file system|Permission denied/)));
});

it('migrates, and is well meanwhile', async () => {
  expect(await runContainer(inMode('migrate'))).toMatchObject({ code: 0 });
  expect((await runContainer({ ...inMode('migrate'), command: health })).code).toBe(0);
});

it('serves, takes commands beside it, and ends with 0 when told to', async () => {
  const api = await started('api');
  const origin = `http://127.0.0.1:${order.env.PORT}`;
  const client = new Client(origin);
  expect((await client.get('/readyz')).status).toBe(200);
  const { keys } = (await (await fetch(`${origin}/jw-certs`)).json()) as { keys: { kid: string }[] };
  const { username } = await client.signUp();
  expect((await client.signIn(username)).status).toBe(200);

  expect(await api.exec(health)).toEqual({ code: 0, output: '' });
  const listed = await api.exec(['identity', 'keys', 'list', '--json']);
  expect(listed.code).toBe(0);
  expect(listed.output).toContain(keys[0]?.kid);
  expect(await api.exec(['identity', '--help'])).toMatchObject({
    code: 0,
    output: expect.stringContaining('Usage: identity'),
  });

  const asked = performance.now();
  await api.signal('SIGTERM');
  expect(await api.ended).toMatchObject({ code: 0 });
  expect(performance.now() - asked).toBeLessThan(GRACE_SECONDS * 1000);
  const lines = api.output().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toHaveLength(lines.length);
});

it('works off queues, and ends with 0 when told to', async () => {
  const worker = await started('worker');
  expect(await worker.exec(health)).toEqual({ code: 0, output: '' });
  await worker.signal('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 0 });
});

it('is unhealthy when nobody answers on the management port', async () => {
  expect(await runContainer({ ...order, command: health })).toEqual({
    code: 1,
    output: expect.stringContaining('ECONNREFUSED'),
  });
});

it('ends a migration that waits when it is told to, though the kernel would not', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const migration = inMode('migrate');
  migration.env.DATABASE_URL = `postgres://identity@127.0.0.1:${port}/identity`;
  const container = startContainer(migration);
  running = container;
  const [socket] = (await once(silent, 'connection')) as [{ destroy(): void }];
  await container.signal('SIGTERM');
  expect((await container.ended).code).toBe(143);
  socket.destroy();
  silent.close();
});
