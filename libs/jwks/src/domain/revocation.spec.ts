import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ecKey, ecPem, refusal, ringOf, seconds, START, storedKeys, TTL_SECONDS } from '../testing/keys.js';
import { planNewRing, planRevocation } from './plan-revocation.js';
import { KeyRing } from './key-ring.js';
import { toRing } from './stored-keys.js';

const STAY = TTL_SECONDS + 60;
const HOUR = 3600;
const MINUTE_AGO = seconds(-60);

/** Keys that activate at these seconds, and what a revocation of one of them leaves. */
function revoking(times: number[], index: number, now = START) {
  const { stored, kids } = storedKeys(times);
  const plan = planRevocation(stored, toRing(stored, TTL_SECONDS), kids[index] ?? '', now);
  const after = plan.wanted ? undefined : toRing(plan.kept, TTL_SECONDS);
  return { kids, plan, after, states: after?.states(now).map(({ key, state }) => [kids.indexOf(key.kid), state]) };
}

describe('revoking a key', () => {
  it('that signs has the one before sign again, which everybody knows', () => {
    const { kids, after, states } = revoking([-HOUR, -60, HOUR], 1);
    expect(states).toEqual([
      [0, 'signing'],
      [2, 'next'],
    ]);
    expect(after?.find(kids[1] ?? '', START)).toBeUndefined();
    expect(after?.published(START).map(({ kid }) => kid)).toEqual([kids[0], kids[2]]);
  });

  it('that signs alone brings the next one forward, for replicas whose clocks are a minute behind as well', () => {
    const { states, after } = revoking([-HOUR, HOUR], 0);
    expect(states).toEqual([[1, 'signing']]);
    expect(after?.states(MINUTE_AGO)).toMatchObject([{ state: 'signing' }]);
  });

  it('that is the only one wants a new one of its algorithm', () => {
    expect(revoking([-HOUR], 0).plan).toMatchObject({ wanted: 'ES256', signsFrom: MINUTE_AGO });
  });

  it('does not have a key sign again that was gone: it leaves, and a new one is wanted', () => {
    const { plan, kids } = revoking([-3 * HOUR, -2 * HOUR], 1);
    expect(plan.wanted).toBe('ES256');
    expect(plan.kept.manifest.keys).toMatchObject([{ kid: kids[1], revokedAt: START.toISOString() }]);
  });

  it.each([
    ['retired', 0],
    ['next', 2],
  ])('that is %s leaves the others as they are', (_state, index) => {
    const { states } = revoking([-HOUR, -60, HOUR], index);
    expect(states).toContainEqual([1, 'signing']);
    expect(states).toHaveLength(2);
  });

  it('deletes its file and keeps its entry', () => {
    const { plan, kids } = revoking([-HOUR, -60], 1);
    expect([...plan.kept.pems.keys()]).toEqual(['0.pem']);
    expect(plan.kept.manifest.keys[1]).toMatchObject({
      file: '1.pem',
      kid: kids[1],
      revokedAt: START.toISOString(),
    });
  });

  it('is done already when it is asked for again, and refuses a kid that is not there', () => {
    const { plan, kids } = revoking([-HOUR, -60], 1);
    const ring = toRing(plan.kept, TTL_SECONDS);
    expect(planRevocation(plan.kept, ring, kids[1] ?? '', START)).toMatchObject({ kept: plan.kept, revoked: [] });
    expect(refusal(() => planRevocation(plan.kept, ring, 'x', START)).code).toBe('keys.unknown-kid');
  });

  it('holds when a file comes back, under its name or under another', () => {
    const { stored, kids } = storedKeys([-HOUR, -60]);
    const { kept } = planRevocation(stored, toRing(stored, TTL_SECONDS), kids[1] ?? '', START);
    const entry = { file: 'again.pem', activatesAt: START.toISOString() };
    const again = {
      ...kept,
      manifest: { ...kept.manifest, keys: [...kept.manifest.keys, entry] },
      pems: new Map([...stored.pems, ['again.pem', stored.pems.get('1.pem') ?? '']]),
    };
    const ring = toRing(again, TTL_SECONDS);
    expect(ring.find(kids[1] ?? '', START)).toBeUndefined();
    expect(ring.signing(START).kid).toBe(kids[0]);
  });

  it('holds whatever the clock says: its time is told, not waited for', () => {
    const { stored, kids } = storedKeys([-HOUR, -60]);
    const { kept } = planRevocation(stored, toRing(stored, TTL_SECONDS), kids[1] ?? '', seconds(600));
    expect(toRing(kept, TTL_SECONDS).signing(START).kid).toBe(kids[0]);
  });

  it('of a retired key does not bring back the one before, which was gone', () => {
    const [old, revoked, current] = storedKeys([0, HOUR, 2 * HOUR])
      .ring.states(START)
      .map(({ key }) => key);
    if (!old || !revoked || !current) throw new Error('unreachable');
    const now = seconds(2 * HOUR + 120);
    expect(ringOf(old, revoked, current).find(old.kid, now)).toBeUndefined();
    const { ring } = storedKeys([0, HOUR, 2 * HOUR], { revoked: 1, at: now });
    expect(ring.states(now).map(({ state }) => state)).toEqual(['gone', 'signing']);
    expect(ring.nextChangeAt(now)).toBe(Infinity);
  });

  it('in a clock ahead of the next activation leaves nobody without a key that signs', () => {
    const { ring } = storedKeys([0, HOUR, 2 * HOUR], { revoked: 1, at: seconds(3 * HOUR) });
    const before = seconds(2 * HOUR - 1);
    expect(ring.states(before).map(({ state }) => state)).toEqual(['signing', 'next']);
    expect(ring.published(before)).toHaveLength(2);
  });
});

describe('a new ring', () => {
  it('revokes every key, also those whose files are lost or damaged', () => {
    const { stored, kids } = storedKeys([-HOUR, -60, HOUR]);
    const pems = new Map([
      ['0.pem', stored.pems.get('0.pem') ?? ''],
      ['1.pem', ecPem().slice(0, 60)],
    ]);
    const plan = planNewRing({ ...stored, pems }, START);
    expect(plan).toMatchObject({ revoked: [kids[0], '1.pem', '2.pem'], wanted: 'ES256', signsFrom: MINUTE_AGO });
    expect(plan.kept.manifest.keys.map(({ revokedAt }) => revokedAt)).toEqual(Array(3).fill(START.toISOString()));
    expect(plan.kept.pems.size).toBe(0);
    expect(toRing(plan.kept, TTL_SECONDS).published(START)).toEqual([]);
  });

  it('is begun where there was none', () => {
    const { stored } = storedKeys([]);
    expect(planNewRing(stored, START)).toMatchObject({ revoked: [], wanted: 'ES256' });
  });
});

describe('time goes on with a revoked key', () => {
  it('and keeps the key before published until its last token is over', () => {
    const { ring } = storedKeys([0, HOUR], { revoked: 1, at: seconds(HOUR + 10) });
    expect(ring.states(seconds(HOUR + STAY)).map(({ state }) => state)).toEqual(['signing']);
  });
});

describe('any keys, any of them revoked at any time', () => {
  const pool = Array.from({ length: 6 }, () => ecKey());
  const second = fc.integer({ min: -200, max: 200 });

  it('are signed with by the newest that is active and not revoked, which is published; those revoked never are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: second, revokedAt: fc.option(second) }), { maxLength: pool.length }),
        fc.integer({ min: 0, max: 30 }),
        second,
        (plan, ttl, at) => {
          const keys = plan.map((one, index) => ({ ...pool[index]!, activatesAt: seconds(one.at) }));
          const revoked = plan.flatMap(({ revokedAt }, index) =>
            revokedAt === null ? [] : [{ ...keys[index]!, revokedAt: seconds(revokedAt) }],
          );
          const ring = new KeyRing(keys, ttl, revoked);
          const now = seconds(at);
          const active = plan.flatMap((one, index) => (one.revokedAt === null && one.at <= at ? [keys[index]!] : []));
          const newest = active.toSorted(
            (a, b) => Number(a.activatesAt) - Number(b.activatesAt) || (a.kid < b.kid ? -1 : 1),
          );
          const signing = ring.states(now).filter(({ state }) => state === 'signing');
          expect(signing.map(({ key }) => key.kid)).toEqual(newest.slice(-1).map(({ kid }) => kid));
          const published = ring.published(now).map(({ kid }) => kid);
          for (const { key } of signing) expect(published).toContain(key.kid);
          for (const { kid } of revoked)
            expect([published.includes(kid), ring.find(kid, now)]).toEqual([false, undefined]);
          const change = ring.nextChange(now);
          const later = [...Array(600).keys()].find(
            (step) => ring.published(seconds(at + step)).length !== published.length,
          );
          expect(change).toBe(later ?? Infinity);
        },
      ),
      { numRuns: 300 },
    );
  });
});
