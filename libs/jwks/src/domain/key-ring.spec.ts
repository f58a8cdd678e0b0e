import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ecKey, refusal, ringOf, seconds, TTL_SECONDS } from '../testing/keys.js';
import { KeyRing, type KeyState } from './key-ring.js';

const STAY = TTL_SECONDS + 60;
const DAY = 86_400;
const first = ecKey(seconds(0));
const second = ecKey(seconds(DAY));
const third = ecKey(seconds(2 * DAY));
const ms = (count: number) => seconds(count / 1000);

describe('the key ring', () => {
  const ring = ringOf(third, first, second);
  const states = (at: Date) => ring.states(at).map(({ state }) => state);

  it.each<[string, Date, KeyState[]]>([
    ['before the first activation', ms(-1), ['next', 'next', 'next']],
    ['at the first activation', seconds(0), ['signing', 'next', 'next']],
    ['just before the second', ms(DAY * 1000 - 1), ['signing', 'next', 'next']],
    ['at the second', seconds(DAY), ['retired', 'signing', 'next']],
    ['just before the first goes', ms((DAY + STAY) * 1000 - 1), ['retired', 'signing', 'next']],
    ['when the first goes', seconds(DAY + STAY), ['gone', 'signing', 'next']],
    ['long after', seconds(30 * DAY), ['gone', 'gone', 'signing']],
  ])('%s', (_name, at, expected) => {
    expect(states(at)).toEqual(expected);
  });

  it('signs with the newest active key, and says when there is none', () => {
    expect(ring.signing(seconds(DAY)).kid).toBe(second.kid);
    expect(ring.signing(ms(DAY * 1000 - 1)).kid).toBe(first.kid);
    expect(refusal(() => ring.signing(ms(-1)))).toMatchObject({ code: 'keys.none-active' });
  });

  it('publishes later keys at once and retired ones until the last token is over, in a stable order', () => {
    const kids = (at: Date) => ring.published(at).map(({ kid }) => kid);
    expect(kids(seconds(0))).toEqual([first.kid, second.kid, third.kid]);
    expect(kids(seconds(DAY + STAY))).toEqual([second.kid, third.kid]);
    expect(ringOf(second, third, first).published(seconds(0))).toEqual(ring.published(seconds(0)));
  });

  it('finds published keys alone', () => {
    expect(ring.find(third.kid, seconds(0))).toBe(third);
    expect(ring.find(first.kid, ms((DAY + STAY) * 1000 - 1))).toBe(first);
    expect(ring.find(first.kid, seconds(DAY + STAY))).toBeUndefined();
    expect(ring.find(ecKey().kid, seconds(0))).toBeUndefined();
    expect(ring.find('__proto__', seconds(0))).toBeUndefined();
  });

  it('tells when the published set changes next', () => {
    expect(ring.nextChange(seconds(0))).toBe(DAY + STAY);
    expect(ring.nextChange(ms((DAY + STAY) * 1000 - 1))).toBe(0);
    expect(ring.nextChange(seconds(DAY + STAY))).toBe(DAY);
    expect(ring.nextChange(seconds(30 * DAY))).toBe(Infinity);
  });

  it('tells when each state ends', () => {
    const ends = ring.states(seconds(DAY)).map(({ endsAt }) => endsAt);
    expect(ends).toEqual([seconds(DAY + STAY), seconds(2 * DAY), seconds(2 * DAY)]);
    expect(ring.states(seconds(30 * DAY)).at(-1)?.endsAt).toBeNull();
  });

  it('counts what is published', () => {
    expect(ring.count(seconds(DAY))).toEqual({ next: 1, signing: 1, retired: 1 });
    expect(ring.count(seconds(30 * DAY))).toEqual({ next: 0, signing: 1, retired: 0 });
  });

  it('holds each key once', () => {
    expect(refusal(() => ringOf(first, second, { ...first, file: 'twin.pem' }))).toMatchObject({
      code: 'keys.duplicate',
      message: expect.stringMatching(/test\.pem and twin\.pem|twin\.pem and test\.pem/),
    });
  });
});

describe('any manifest at any time', () => {
  const pool = Array.from({ length: 6 }, () => ecKey());
  const activations = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: pool.length });

  it('agrees with a model that looks at one key at a time', () => {
    fc.assert(
      fc.property(
        activations,
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: -60, max: 200 }),
        (times, ttl, at) => {
          const keys = times.map((time, index) => ({ ...pool[index]!, activatesAt: seconds(time) }));
          const ring = new KeyRing(keys, ttl);
          const model = new Map(keys.map((key, index) => [key.kid, modelState(index, times, keys, ttl, at)]));
          const states = ring.states(seconds(at));
          expect(new Map(states.map(({ key, state }) => [key.kid, state]))).toEqual(model);

          const published = [...model].filter(([, state]) => state !== 'gone').map(([kid]) => kid);
          expect(
            ring
              .published(seconds(at))
              .map(({ kid }) => kid)
              .sort(),
          ).toEqual(published.sort());
          for (const { kid } of keys) expect(ring.find(kid, seconds(at)) !== undefined).toBe(published.includes(kid));

          const change = ring.nextChange(seconds(at));
          const later = [...Array(300).keys()].find(
            (step) => ring.published(seconds(at + step)).length !== published.length,
          );
          expect(change).toBe(later ?? Infinity);
        },
      ),
      { numRuns: 300 },
    );
  });

  /** "Which keys came after mine, and is the first of them active yet?" — no sorting, no intervals. */
  function modelState(mine: number, times: number[], keys: { kid: string }[], ttl: number, at: number): KeyState {
    const isAfter = (other: number) =>
      times[other]! > times[mine]! || (times[other] === times[mine] && keys[other]!.kid > keys[mine]!.kid);
    if (times[mine]! > at) return 'next';
    const successors = times.filter((_time, other) => isAfter(other));
    const replacedAt = Math.min(...successors);
    if (replacedAt > at) return 'signing';
    return replacedAt + ttl + 60 > at ? 'retired' : 'gone';
  }
});
