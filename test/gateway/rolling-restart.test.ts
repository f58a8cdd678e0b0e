import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import type { Container } from './support/container.js';
import { startLoad } from './support/load.js';
import { type Gateway, startGateway } from './support/start-gateway.js';

/** How long Kubernetes may take to tell Traefik of an endpoint that goes, and how long the pod sleeps before SIGTERM. */
const ENDPOINT_LAG_MS = 2000;
const PRE_STOP_MS = 4000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ account: 'policies:check' });
});
afterAll(async () => {
  await gateway.stop();
});

/** Requests of the load that a replica has answered. */
const answered = ({ service }: Container) => service.lines().filter(({ msg }) => msg === 'request').length;

/** Replaces both replicas, one after the other, while people sign in; and says what became of their requests. */
async function underLoad(replace: (old: Container) => Promise<void>) {
  const load = startLoad(gateway.traefik.origin, gateway.account);
  const replaced = gateway.containers.slice();
  for (const old of replaced) {
    const before = answered(old);
    await poll('requests to it', 20, () => answered(old) > before + 20 || undefined);
    await replace(old);
    expect(await old.service.ended).toEqual({ code: null, signal: 'SIGTERM' });
  }
  await poll('requests to the new ones', 20, () => gateway.containers.every((one) => answered(one) > 20) || undefined);
  const { good, failures } = await load.stop();
  return { failures, kinds: Object.keys(good).toSorted() };
}

const NOTHING_FAILED = { failures: {}, kinds: ['check', 'keys', 'refresh', 'sign-in', 'sign-up'] };

it('compose stops and starts one replica after the other, and nobody notices', async () => {
  const outcome = await underLoad(async (old) => {
    await gateway.remove(old, (container) => container.stop());
    await gateway.add();
  });
  expect(outcome).toEqual(NOTHING_FAILED);
});

it('Kubernetes replaces them, tells the gateway of it while the old one sleeps, and nobody notices', async () => {
  const outcome = await underLoad(async (old) => {
    await gateway.add();
    const times = { endpointLagMs: ENDPOINT_LAG_MS, preStopMs: PRE_STOP_MS };
    await gateway.remove(old, (container) => container.evict(times));
  });
  expect(outcome).toEqual(NOTHING_FAILED);
});
