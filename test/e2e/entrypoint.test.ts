import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';

/** Each process that begins says what it was given; the first one is the entrypoint's own. */
const TELL = `console.log(JSON.stringify([process.pid, process.env.UV_THREADPOOL_SIZE, process.env.GLIBC_TUNABLES, process.execArgv]))`;

function enter(env: Record<string, string>): Promise<{ code: number; out: string[]; err: string }> {
  const entrypoint = join(projectRoot(), 'docker/entrypoint.mjs');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [entrypoint], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out: out.trim().split('\n'), err }),
    );
  });
}

it('becomes the process that RUN_MODE names, with a thread for every hash and malloc told of hashes', async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const { code, out, err } = await enter({ RUN_MODE: 'migrate', PASSWORD_HASH_CONCURRENCY: '9', NODE_OPTIONS });
  const [first, second, ...more] = out.map((line) => JSON.parse(line) as [number, string?, string?, string[]?]);
  expect(more).toEqual([]);
  expect(second?.[0]).toBe(first?.[0]);
  expect(first?.[1]).toBeNull();
  expect(second?.slice(1)).toEqual([
    '11',
    'glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456:glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1',
    ['--enable-source-maps', '--no-parallel-scavenge', '--max-semi-space-size=8'],
  ]);
  expect(code).toBe(1);
  expect(err).toMatch(/DATABASE_URL: is required/);
});

it('leaves alone what the environment sets, and has a pool of four at least', async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const given = await enter({ RUN_MODE: 'migrate', UV_THREADPOOL_SIZE: '7', GLIBC_TUNABLES: 'x', NODE_OPTIONS });
  expect(JSON.parse(given.out[1] ?? '')).toMatchObject([expect.any(Number), '7', 'x', expect.any(Array)]);
  const small = await enter({ RUN_MODE: 'migrate', PASSWORD_HASH_CONCURRENCY: '1', NODE_OPTIONS });
  expect(JSON.parse(small.out[1] ?? '')).toMatchObject([
    expect.any(Number),
    '4',
    expect.any(String),
    expect.any(Array),
  ]);
});

it('refuses a mode that there is not', async () => {
  const { code, err } = await enter({ RUN_MODE: 'everything' });
  expect([code, err]).toEqual([1, 'RUN_MODE: wants one of api, worker, migrate\n']);
});

/** What Node is begun with in a container with this limit. */
async function flagsFor(limitMib: number, env: Record<string, string>): Promise<string[]> {
  const limit = `process.constrainedMemory = () => ${limitMib * 1024 ** 2}; (await import('node:module')).syncBuiltinESMExports()`;
  // What would run then is not needed.
  const leave = `if (process.execArgv.includes('--enable-source-maps')) process.exit()`;
  const preloads = [limit, TELL, leave].map((each) => `--import=data:text/javascript,${encodeURIComponent(each)}`);
  const NODE_OPTIONS = [...preloads, env.NODE_OPTIONS].filter(Boolean).join(' ');
  const { out } = await enter({ RUN_MODE: 'migrate', PASSWORD_HASH_CONCURRENCY: '2', ...env, NODE_OPTIONS });
  const [, , , flags] = JSON.parse(out[1] ?? '') as [number, string, string, string[]];
  return flags;
}

/** What the service's heap is told to be at most, in MiB, in a container with this limit. */
async function heapFor(limitMib: number, env: Record<string, string> = {}): Promise<string[]> {
  const flags = await flagsFor(limitMib, env);
  return flags.filter((flag) => flag.startsWith('--max-old')).map((flag) => flag.split('=')[1] ?? '');
}

it('keeps young space small for the API, and leaves it to V8 for the worker', async () => {
  expect(await flagsFor(0, { RUN_MODE: 'api' })).toContain('--max-semi-space-size=8');
  expect(await flagsFor(0, { RUN_MODE: 'worker' })).toEqual(['--enable-source-maps', '--no-parallel-scavenge']);
});

it('leaves room beside the heap for the hashes and for Node itself, within the limit of the container', async () => {
  expect(await heapFor(1024)).toEqual(['826']);
  expect(await heapFor(512)).toEqual(['314']);
  expect(await heapFor(512, { PASSWORD_HASH_CONCURRENCY: '4' })).toEqual(['276']);
  expect(await heapFor(512, { PASSWORD_ARGON2_MEMORY_KIB: '65536' })).toEqual(['224']);
});

it('gives the heap what it takes to boot, however small the container', async () => {
  expect(await heapFor(256)).toEqual(['128']);
});

it('says nothing of the heap where there is no limit, or where the operator has said it', async () => {
  expect(await heapFor(0)).toEqual([]);
  expect(await heapFor(2 ** 30)).toEqual([]);
  expect(await heapFor(1024, { NODE_OPTIONS: '--max-old-space-size=300' })).toEqual([]);
  expect(await heapFor(1024, { NODE_OPTIONS: '--max-old-space-size-percentage=50' })).toEqual([]);
});
