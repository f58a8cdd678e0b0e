import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { Client } from '../support/client.js';
import { type SpawnedService, spawnService } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';

let prepared: Awaited<ReturnType<typeof prepareEnvironment>>;
let service: SpawnedService;

beforeAll(async () => {
  prepared = await prepareEnvironment({ NODE_ENV: 'development' });
  service = spawnService(prepared.env);
});
afterAll(async () => {
  await service.stop();
  await prepared.release();
});

it('in development both ports are on loopback alone', async () => {
  const alive = async (origin: string) =>
    await new Client(origin).get('/healthz').then(
      ({ status }) => status,
      () => undefined,
    );
  const { PORT, MANAGEMENT_PORT } = prepared.env;
  const ports = [PORT, MANAGEMENT_PORT];
  await poll('both ports', 30, async () => {
    const answers = await Promise.all(ports.map((port) => alive(`http://127.0.0.1:${port}`)));
    return answers.every((status) => status === 200) || undefined;
  });
  // All of 127/8 is this machine, so this stands for any other address of it.
  expect(await Promise.all(ports.map((port) => alive(`http://127.0.0.2:${port}`)))).toEqual([undefined, undefined]);
});
