import type { watch } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { poll } from '@platform/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { swapKeys } from '../testing/key-files.js';
import { storedKeys } from '../testing/keys.js';
import { WatchKeys } from './watch-keys.js';

/** Longer than any test: a look is due to a notice alone. */
const NEVER_MS = 600_000;
const keys = storedKeys([0]).stored;
let directory: string;
let looks = 0;
const watches: WatchKeys[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jwks-watch-'));
  looks = 0;
});
afterEach(async () => {
  await Promise.all(watches.splice(0).map((one) => one.onApplicationShutdown()));
  await rm(directory, { recursive: true, force: true });
  vi.restoreAllMocks();
});

/** Starts to watch, past the first look. */
async function start(
  times: { pollMs: number; debounceMs: number },
  open?: typeof watch,
  look = () => Promise.resolve(),
) {
  const one = new WatchKeys(directory, () => ((looks += 1), look()), times, open);
  watches.push(one);
  one.onApplicationBootstrap();
  await more(0);
  return one;
}
const more = (than: number) => poll('a look', 10, () => looks > than || undefined);

describe('a watched directory', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a file is written', () => writeFile(join(directory, 'manifest.json'), '{}')],
    [
      'an editor renames its copy over a file',
      async () => {
        await writeFile(join(directory, '.manifest.json.swp'), '{}');
        await rename(join(directory, '.manifest.json.swp'), join(directory, 'manifest.json'));
      },
    ],
    ['Kubernetes swaps ..data', () => swapKeys(directory, keys)],
  ])('is looked at when %s', async (_name, change) => {
    await start({ pollMs: NEVER_MS, debounceMs: 1 });
    const before = looks;
    await change();
    expect(await more(before)).toBe(true);
  });

  it('is looked at once for many changes, and again for those during a look', async () => {
    const gate = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const look = () => (looks === 2 ? (began.resolve(), gate.promise) : Promise.resolve());
    await start({ pollMs: NEVER_MS, debounceMs: 50 }, undefined, look);
    for (let index = 0; index < 20; index += 1) await writeFile(join(directory, `${index}.pem`), '');
    await began.promise;
    expect(looks).toBe(2);
    await writeFile(join(directory, 'manifest.json'), '');
    gate.resolve();
    await more(2);
  });

  it('is watched again where another one has taken its place', async () => {
    await start({ pollMs: 20, debounceMs: 1 });
    await rm(directory, { recursive: true });
    await more(looks + 1);
    await mkdir(directory);
    await more(looks + 2);
    expect(looks).toBeGreaterThan(3);
  });
});

describe('a file system that tells of nothing', () => {
  const failing = (how: 'at once' | 'later') =>
    vi.fn((..._asked: unknown[]) => {
      if (how === 'at once') throw Object.assign(new Error('no inotify'), { code: 'ENOSPC' });
      return {
        on: (_event: string, tell: (error: Error) => void) => tell(Object.assign(new Error('gone'), { code: 'EIO' })),
        close: () => undefined,
      };
    }) as unknown as typeof watch;

  it.each([
    ['at once', 'ENOSPC'],
    ['later', 'EIO'],
  ] as const)('%s is looked at by the clock, and that is said once', async (how, code) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start({ pollMs: 5, debounceMs: 1 }, failing(how));
    await more(5);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(`cannot be watched \\(${code}\\).*every 0.005 s`)]]);
  });
});

describe('the end', () => {
  it('waits for the look under way and begins no other', async () => {
    const gate = Promise.withResolvers<void>();
    const one = await start({ pollMs: 1, debounceMs: 1 }, undefined, () => gate.promise);
    let hasEnded = false;
    const end = one.onApplicationShutdown().then(() => (hasEnded = true));
    await Promise.resolve();
    expect(hasEnded).toBe(false);
    gate.resolve();
    await end;
    await writeFile(join(directory, 'a.pem'), '');
    expect(looks).toBe(1);
    expect(one).toMatchObject({ timer: expect.objectContaining({ _destroyed: true }) });
  });
});
