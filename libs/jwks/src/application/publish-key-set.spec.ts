import { describe, expect, it, vi } from 'vitest';
import { ecKey, ringOf, seconds, testClock, TTL_SECONDS } from '../testing/keys.js';
import { KeyRingHolder } from './key-ring-holder.js';
import { PublishKeySet } from './publish-key-set.js';

const STAY = TTL_SECONDS + 60;
const old = ecKey(seconds(0));
const current = ecKey(seconds(1000));

function setUp(ring = ringOf(old, current)) {
  const clock = testClock(seconds(0));
  const holder = new KeyRingHolder(ring);
  const publish = new PublishKeySet(holder, clock);
  return { holder, ring, at: (time: Date) => (clock.set(time), publish.execute()) };
}
const kids = (body: string) => (JSON.parse(body) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('the published key set', () => {
  const gone = 1000 + STAY;

  it.each([
    ['far from any change', seconds(0), 300],
    ['300 s before', seconds(gone - 300), 300],
    ['299 s before', seconds(gone - 299), 299],
    ['1.999 s before', seconds(gone - 1.999), 1],
    ['1 ms before', seconds(gone - 0.001), 1],
    ['after the last change', seconds(gone), 300],
  ])('%s may be cached as long as it holds, 1 to 300 s', (_name, time, maxAge) => {
    expect(setUp().at(time).maxAgeSeconds).toBe(maxAge);
  });

  it('is rendered once until it changes', () => {
    const { at, ring } = setUp();
    const published = vi.spyOn(ring, 'published');
    const before = at(seconds(0)).keySet;
    expect(at(seconds(gone - 0.001)).keySet).toBe(before);
    expect(published).toHaveBeenCalledTimes(1);
    const after = at(seconds(gone)).keySet;
    expect(kids(before.body)).toEqual([old.kid, current.kid]);
    expect(kids(after.body)).toEqual([current.kid]);
    expect(after.etag).not.toBe(before.etag);
  });

  it('is right when the wall clock goes back', () => {
    const { at } = setUp();
    at(seconds(gone));
    expect(kids(at(seconds(0)).keySet.body)).toEqual([old.kid, current.kid]);
  });

  it('follows a replaced ring at once', () => {
    const { at, holder } = setUp();
    const before = at(seconds(0)).keySet;
    const added = ecKey(seconds(5000));
    holder.replace(ringOf(old, current, added));
    const after = at(seconds(0)).keySet;
    expect(kids(after.body)).toEqual([old.kid, current.kid, added.kid]);
    expect(after.etag).not.toBe(before.etag);
  });

  it('has a strong ETag on which replicas agree', () => {
    const one = setUp().at(seconds(0)).keySet;
    expect(one.etag).toMatch(/^"[A-Za-z0-9_-]{43}"$/);
    expect(setUp(ringOf(current, old)).at(seconds(5)).keySet).toMatchObject({ etag: one.etag, body: one.body });
  });

  it('holds public members alone', () => {
    const { body } = setUp().at(seconds(0)).keySet;
    for (const key of (JSON.parse(body) as { keys: object[] }).keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
    expect(body).not.toContain(old.privateKey.export({ format: 'jwk' }).d);
  });
});
