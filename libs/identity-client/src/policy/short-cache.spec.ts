import { describe, expect, it } from 'vitest';
import { ShortCache } from './short-cache.js';

describe('a short cache', () => {
  it('forgets when the time is over, but knows what was said last', () => {
    const cache = new ShortCache<string>(1000, 10);
    cache.set('a', 'first', 0);
    expect([cache.get('a', 999), cache.get('a', 1000), cache.last('a'), cache.get('b', 0)]).toEqual([
      'first',
      undefined,
      'first',
      undefined,
    ]);
  });

  it('holds no more than it may: what was set longest ago goes', () => {
    const cache = new ShortCache<number>(1000, 2);
    for (const key of ['a', 'b', 'a', 'c']) cache.set(key, 1, 0);
    expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual([1, undefined, 1]);
  });

  it('of no time keeps nothing', () => {
    const cache = new ShortCache<number>(0, 2);
    cache.set('a', 1, 0);
    expect(cache.last('a')).toBeUndefined();
  });
});
