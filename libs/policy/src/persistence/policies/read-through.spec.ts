import { beforeEach, describe, expect, it } from 'vitest';
import { type Dated, PolicyChanges } from './policy-changes.js';
import { ReadThrough } from './read-through.js';
import { Snapshot } from './snapshot.js';

interface Answer extends Dated {
  text: string;
}

let changes: PolicyChanges;
let asked: string[][];
let near: Map<string, Answer>;
let transaction: number;
/** Done while the last store reads. */
let meanwhile: () => void;
let cache: ReadThrough<Answer>;

const answer = (name: string, snapshot = `${transaction}:${transaction}:`): Answer => ({
  text: `${name} at ${transaction}`,
  names: [name],
  snapshot: new Snapshot(snapshot),
  readAt: 0,
  checked: 0,
});

beforeEach(() => {
  changes = new PolicyChanges({ monotonic: () => 0 });
  changes.begin('10:10:');
  transaction = 10;
  asked = [];
  near = new Map();
  meanwhile = () => undefined;
  const far = async (keys: string[]) => {
    asked.push(keys);
    const found = new Map(keys.map((key) => [key, answer(key)]));
    await Promise.resolve();
    meanwhile();
    return found;
  };
  const kept = (keys: string[]) => Promise.resolve(new Map([...near].filter(([key]) => keys.includes(key))));
  cache = new ReadThrough<Answer>(changes, [kept, far], { bytes: 10, sizeOf: () => 1 });
});

const textOf = async (key: string) => (await cache.get([key])).get(key)?.value.text;
const write = (name: string) => changes.hear(`${transaction++} ${name}`);

describe('what was read', () => {
  it('is read once, also for many who ask at once', async () => {
    const texts = await Promise.all(Array.from({ length: 50 }, () => textOf('a')));
    expect([new Set(texts), asked]).toEqual([new Set(['a at 10']), [['a']]]);
    expect(await textOf('a')).toBe('a at 10');
    expect(asked).toHaveLength(1);
  });

  it('is asked for together, and only what is missing', async () => {
    await cache.get(['a']);
    const found = await cache.get(['a', 'b', 'c', 'b']);
    expect([...found.keys()].toSorted()).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([['a'], ['b', 'c']]);
    expect([found.get('a')?.store, found.get('b')?.store]).toEqual([0, 2]);
  });

  it('is read again after a change to it', async () => {
    await textOf('a');
    write('b');
    expect(await textOf('a')).toBe('a at 10');
    write('a');
    expect(await textOf('a')).toBe('a at 12');
  });

  it('is read again when it changes while it is read', async () => {
    meanwhile = () => {
      if (asked.length === 1) write('a');
    };
    expect(await textOf('a')).toBe('a at 11');
    expect(asked).toHaveLength(2);
  });

  it('is used once, and not kept, when it never stops changing', async () => {
    meanwhile = () => write('a');
    expect(await textOf('a')).toBe('a at 12');
    expect(asked).toHaveLength(3);
    meanwhile = () => undefined;
    expect(await textOf('a')).toBe('a at 13');
  });

  it('comes from the nearer store while that is current', async () => {
    near.set('a', { ...answer('a'), text: 'near' });
    expect((await cache.get(['a'])).get('a')).toMatchObject({ store: 1, value: { text: 'near' } });
    write('a');
    expect(await textOf('a')).toBe('a at 11');
  });

  it('is bounded: what was used least is read again', async () => {
    await cache.get(Array.from({ length: 11 }, (_, index) => `k${index}`));
    asked = [];
    await cache.get(['k10']);
    expect(asked).toEqual([]);
    await cache.get(['k0']);
    expect(asked).toEqual([['k0']]);
  });

  it('fails for all who wait when the store fails, and is asked for again by the next', async () => {
    meanwhile = () => {
      throw new Error('away');
    };
    const results = await Promise.allSettled([textOf('a'), textOf('a')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    meanwhile = () => undefined;
    expect(await textOf('a')).toBe('a at 10');
  });
});
