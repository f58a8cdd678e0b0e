import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createVerifier, type Verifier, type VerifierOptions } from '@nx-seller/identity-client';
import { poll } from '@platform/testing';
import { atOnce, oneByOne } from '../support/races.js';
import { createAccount, type Replicas, startReplicas } from '../support/replicas.js';
import { untilAvailable, upToThree } from '../support/retries.js';
import { consumers, fetchAt } from '../support/verifiers.js';

const SISTERS = 100;
const SIGN_OUTS = 120;
/** How many sign out at once. */
const TOGETHER = 12;
/** Longer than ten minutes are by `SPEED`. */
const OUTAGE_SECONDS = 16;
const SPEED = 60;
const PAUSE_MS = 20;
/** A feed that was away for long asks again within half a minute, here within half of that. */
const BACK_SECONDS = 30;

let replicas: Replicas;
let account: { name: string; secret: string };
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  replicas = await startReplicas();
  account = await createAccount(replicas, 'revocations:read');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});
afterAll(async () => {
  await replicas.stop();
});

const trust = (at = 0) => ({
  issuer: replicas.env.JWT_ISSUER ?? '',
  audience: 'nx-seller',
  jwksUri: `${originOf(at)}/jw-certs`,
});
const originOf = (at: number) => replicas.all[at % replicas.all.length]!.origin;
const clientOf = (at: number) => replicas.all[at % replicas.all.length]!.client;

/** A sister that calls one of the replicas. */
function sister(at: number, more: Partial<VerifierOptions> = {}): Verifier {
  const revocations = { ...account, baseUrl: `${originOf(at)}/v1/api/identity` };
  // Waits between attempts are random; these are the shortest.
  const verifier = createVerifier({ ...trust(at), revocations, random: () => 0, ...more });
  opened.push(verifier);
  return verifier;
}
const isLive = (verifier: Verifier) => verifier.state().feed?.status === 'live' || undefined;
/** What a sister makes of a token: `ok`, or the code of its refusal. */
const outcomeAt = (verifier: Pick<Verifier, 'verify'>, token: string) =>
  verifier.verify(token).then(
    () => 'ok',
    ({ code }: { code?: string }) => code,
  );

it('who signs out is refused by a hundred sisters within two seconds [ASVS 7.6.1]', async () => {
  const signedOutAt = new Map<string, number>();
  const delays: number[] = [];
  const onRevocation = ({ sessionId }: { sessionId: string }) =>
    delays.push(performance.now() - (signedOutAt.get(sessionId) ?? -Infinity));
  const sisters = await atOnce(SISTERS, async (at) => {
    const verifier = sister(at, { hooks: { onRevocation } });
    await verifier.ready();
    await poll('its feed', 20, () => isLive(verifier));
    return verifier;
  });
  const signOutAll = async () => {
    delays.length = 0;
    const people = await oneByOne(SIGN_OUTS, (at) => clientOf(at).signUp());
    const before = await atOnce(SIGN_OUTS, (at) => outcomeAt(sisters[at % SISTERS]!, people[at]!.accessToken));
    expect(new Set(before)).toEqual(new Set(['ok']));

    await oneByOne(SIGN_OUTS / TOGETHER, (turn) =>
      atOnce(TOGETHER, async (index) => {
        const { sessionId, refreshToken } = people[turn * TOGETHER + index]!;
        const answer = await untilAvailable(() => {
          signedOutAt.set(sessionId, performance.now());
          return clientOf(index).post('/auth/sign-out', { refreshToken });
        });
        expect(answer.status).toBe(204);
      }),
    );
    await poll('all of them at all of them', 20, () => delays.length >= SISTERS * SIGN_OUTS || undefined);
    expect(delays).toHaveLength(SISTERS * SIGN_OUTS);
    for (const { accessToken } of people) {
      const outcomes = await Promise.all(sisters.map((verifier) => outcomeAt(verifier, accessToken)));
      expect(new Set(outcomes)).toEqual(new Set(['revoked']));
    }
    return delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)] ?? NaN;
  };
  expect(await upToThree(signOutAll, (ms) => ms < 2000)).toBeLessThan(2000);
}, 180_000);

it(
  'while both replicas are down each good token is good, and what ended meanwhile is heard of after it',
  { timeout: (OUTAGE_SECONDS + BACK_SECONDS + 60) * 1000 },
  async () => {
    const people = await oneByOne(6, (at) => clientOf(at).signUp());
    const [ended, good] = [people.slice(0, 2), people.slice(2)];
    // One whose keys are stale after five seconds, and one of each other kind whose are after ten.
    const steady = sister(0, { fetch: fetchAt(SPEED), refreshAheadMs: 0 });
    const others = consumers(trust(), SPEED);
    opened.push(...Object.values(others));
    await steady.ready();
    await poll('its feed', 20, () => isLive(steady));
    const byOthers = async () => {
      const verified = Object.entries(others).map(async ([name, other]) => {
        const outcomes = await Promise.allSettled(good.map(({ accessToken }) => other.verify(accessToken)));
        return [name, new Set(outcomes.map(({ status }) => status === 'fulfilled'))] as const;
      });
      return Object.fromEntries(await Promise.all(verified));
    };
    const all = (outcome: boolean) => new Set([outcome]);
    expect(new Set(Object.values(await byOthers()).flatMap((outcomes) => [...outcomes]))).toEqual(all(true));

    const watch = watchOver(
      steady,
      good.map(({ accessToken }) => accessToken),
    );
    await replicas.kill();
    const downSince = performance.now();
    for (const { sessionId } of ended)
      await replicas.sql('UPDATE "Session" SET ended_at = now() WHERE id = $1', [sessionId]);
    const statuses: string[] = [];
    const newcomer = sister(1, { hooks: { onFeed: ({ status }) => statuses.push(status) } });
    await expect(newcomer.ready()).rejects.toMatchObject({ code: 'keys-unavailable' });
    expect(await outcomeAt(newcomer, good[0]!.accessToken)).toBe('keys-unavailable');
    expect(newcomer.state()).toMatchObject({ keys: 0, keysAgeMs: undefined, feed: { status: 'away' } });

    while (performance.now() < downSince + OUTAGE_SECONDS * 1000) await setTimeout(PAUSE_MS);
    expect(steady.state()).toMatchObject({ keys: 1, feed: { status: 'away' } });
    expect(steady.state().keysAgeMs).toBeGreaterThan((OUTAGE_SECONDS - 1) * 1000);
    expect(await byOthers()).toEqual({
      'identity-client': all(true),
      'jose createRemoteJWKSet': all(false),
      'jwks-rsa': all(false),
      'Envoy jwt_authn': all(false),
    });
    for (const { accessToken } of ended) expect(await outcomeAt(steady, accessToken)).toBe('ok');

    await replicas.restart();
    for (const { accessToken } of ended) {
      for (const verifier of [steady, newcomer]) {
        await poll('the refusal', BACK_SECONDS, async () => {
          return (await outcomeAt(verifier, accessToken)) === 'revoked' || undefined;
        });
      }
    }
    await poll('the feed of the newcomer', BACK_SECONDS, () => isLive(newcomer));
    expect(statuses).toEqual(['connecting', 'away', 'live']);
    for (const { accessToken } of good) expect(await outcomeAt(newcomer, accessToken)).toBe('ok');
    expect(new Set(Object.values(await byOthers()).flatMap((outcomes) => [...outcomes]))).toEqual(all(true));
    const { verifications, refused } = await watch.end();
    expect(refused).toEqual([]);
    expect(verifications).toBeGreaterThan(OUTAGE_SECONDS * 20);
  },
);

/** Verifies good tokens over and over. */
function watchOver(verifier: Verifier, tokens: string[]) {
  const over = new AbortController();
  let verifications = 0;
  const refused: (string | undefined)[] = [];
  const watching = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const outcome = await outcomeAt(verifier, tokens[turn % tokens.length]!);
      verifications += 1;
      if (outcome !== 'ok') refused.push(outcome);
      await setTimeout(PAUSE_MS);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return { verifications, refused };
    },
  };
}
