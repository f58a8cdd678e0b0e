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

it('becomes the process that RUN_MODE names, with a thread for every hash and malloc told of their size', async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const { code, out, err } = await enter({ RUN_MODE: 'migrate', PASSWORD_HASH_CONCURRENCY: '9', NODE_OPTIONS });
  const [first, second, ...more] = out.map((line) => JSON.parse(line) as [number, string?, string?, string[]?]);
  expect(more).toEqual([]);
  expect(second?.[0]).toBe(first?.[0]);
  expect(first?.[1]).toBeNull();
  expect(second?.slice(1)).toEqual([
    '11',
    'glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456',
    ['--enable-source-maps', '--max-semi-space-size=8'],
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
