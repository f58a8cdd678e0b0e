import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONSUMERS } from '@identity/jwks';
import { poll } from '@platform/testing';
import { type Replicas, startReplicas } from '../support/replicas.js';
import { consumers, signatureOf, type TokenConsumer } from '../support/verifiers.js';

/** A second for each minute. */
const SPEED = 60;
const PAUSE_MS = 50;
/** A look at the keys, and this machine doing other things as well. */
const SLACK_SECONDS = 1;
const LONGEST_SECONDS = 15;

let replicas: Replicas;

beforeAll(async () => {
  replicas = await startReplicas();
});
afterAll(async () => {
  await replicas.stop();
});

/** Seconds at the speed of this test. */
const scaled = (seconds: number) => seconds / SPEED;
const documented = (name: string) => CONSUMERS.find((one) => one.name === name)!;

async function publishedKids(at: number): Promise<string[]> {
  const answer = await fetch(`${replicas.all[at]!.origin}/jw-certs`);
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

/** Shows a consumer one token again and again. @returns when it last took it and when it last refused, in ms */
async function show(consumer: TokenConsumer, token: string, isOver: () => boolean) {
  const seen = { taken: -Infinity, refused: -Infinity };
  for (; !isOver(); await setTimeout(PAUSE_MS)) {
    const isTaken = await consumer.verify(token).then(
      () => true,
      () => false,
    );
    seen[isTaken ? 'taken' : 'refused'] = performance.now();
  }
  return seen;
}

it('each kind of sister trusts a revoked key, and refuses a new one, for no longer than the runbook says', async () => {
  const [first, second] = replicas.all as [(typeof replicas.all)[0], (typeof replicas.all)[0]];
  const { accessToken: old, refreshToken } = await first.client.signUp();
  const { kid } = signatureOf(old);
  const trust = { jwksUri: `${first.origin}/jw-certs`, issuer: replicas.env.JWT_ISSUER ?? '', audience: 'nx-seller' };
  // Two of each kind: who looks for a new key sees at once that the old one is gone.
  const [keeping, looking] = [consumers(trust, SPEED), consumers(trust, SPEED)];
  const each = <T>(work: (name: string) => Promise<T>) => Promise.all(Object.keys(keeping).map(work));
  const knownAt = performance.now();
  await each((name) => Promise.all([keeping[name]!.verify(old), looking[name]!.verify(old)]));
  let endsAt = knownAt + 60_000;
  const isOver = () => performance.now() >= endsAt;
  const trusting = each((name) => show(keeping[name]!, old, isOver));

  const { signing } = await replicas.identity<{ signing: string }>('keys', 'revoke', kid);
  const isPublished = async () =>
    (await Promise.all([publishedKids(0), publishedKids(1)])).every((kids) => kids.join() === signing) || undefined;
  await poll('the keys at both replicas', 15, isPublished);
  const revokedAt = performance.now();

  // At the service itself it is over, and people notice nothing.
  expect((await second.client.get('/auth/who-am-i', old)).status).toBe(401);
  const { status, body } = await second.client.refresh(refreshToken);
  const fresh = String(body.accessToken);
  expect([status, signatureOf(fresh).kid]).toEqual([200, signing]);
  expect((await first.client.get('/auth/who-am-i', fresh)).status).toBe(200);

  endsAt = performance.now() + LONGEST_SECONDS * 1000;
  const refusing = each((name) => show(looking[name]!, fresh, isOver));
  const [olds, news] = await Promise.all([trusting, refusing]);
  const figures = Object.keys(keeping).map((name, at) => ({ name, trusted: olds[at]!, refused: news[at]! }));
  await each((name) => Promise.all([keeping[name]!.close(), looking[name]!.close()]));
  for (const { name, trusted, refused } of figures) {
    const { trustsFor, refusesNewFor } = documented(name);
    const trustedSeconds = (trusted.taken - revokedAt) / 1000;
    expect([name, trustedSeconds < scaled(trustsFor) + SLACK_SECONDS]).toEqual([name, true]);
    // Nor is the figure made up: what it had before counts for most of that time.
    expect([name, (trusted.taken - knownAt) / 1000 > scaled(trustsFor) * 0.8]).toEqual([name, true]);
    expect([name, trusted.refused > trusted.taken]).toEqual([name, true]);
    expect([name, (refused.refused - revokedAt) / 1000 < scaled(refusesNewFor) + SLACK_SECONDS]).toEqual([name, true]);
    expect([name, refused.taken > refused.refused]).toEqual([name, true]);
  }
});
