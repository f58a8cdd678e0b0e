import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const RUN = `
  import { runTests } from './apps/dev/bootstrap/tests.mjs';
  process.exitCode = await runTests(process.execPath, process.argv.slice(1));`;
const PASSES = `it('passes', () => {});`;
const FAILS = `it('fails', () => expect(1).toBe(2));`;
const FAILS_ONCE = `
  import { existsSync, writeFileSync } from 'node:fs';
  it('passes', () => {});
  it('fails once', () => {
    const ran = existsSync(import.meta.filename + '.ran');
    writeFileSync(import.meta.filename + '.ran', '');
    expect(ran).toBe(true);
  });`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-runs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a suite of its own: file names and texts. */
function run(files: Record<string, string>, ...args: string[]): { code: number | null; out: string; last: string } {
  const config = join(folder, 'vitest.config.mjs');
  const test = { globals: true, include: ['*.test.mjs'], maxWorkers: 1 };
  writeFileSync(config, `export default ${JSON.stringify({ root: folder, cacheDir: folder, test })};`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.test.mjs`), text);
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', RUN, '--', '--config', config, ...args], {
    env: { ...Object.fromEntries(env), NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { code: child.status, out: child.stdout, last: child.stdout.trimEnd().split('\n').at(-1) ?? '' };
}

describe('a run of all tests', () => {
  it('counts what passed', () => {
    expect(run({ one: PASSES, two: PASSES })).toMatchObject({ code: 0, last: '2 passed, 0 failed' });
  });

  it('has what failed run once more, and names what passed only then', () => {
    const { code, out, last } = run({ one: PASSES, two: FAILS_ONCE });
    expect({ code, last }).toEqual({ code: 0, last: '3 passed, 0 failed' });
    expect(out).toMatch(/Passed at their second run only.*\n {2}\S*two\.test\.mjs: fails once\n/);
  });

  it('fails by what fails each time, and names it in the last lines', () => {
    const { code, out, last } = run({ one: PASSES, two: FAILS_ONCE, three: FAILS });
    expect({ code, last }).toEqual({ code: 1, last: '3 passed, 1 failed' });
    expect(out).toMatch(/\nFailed:\n {2}\S*three\.test\.mjs: fails\n3 passed, 1 failed\n$/);
  });

  it('fails at once if many files failed, or a file that was asked for', () => {
    const four = { one: FAILS_ONCE, two: FAILS_ONCE, three: FAILS_ONCE, four: FAILS_ONCE };
    expect(run(four)).toMatchObject({ code: 1, last: '4 passed, 4 failed' });
    expect(run({ five: FAILS_ONCE }, 'five')).toMatchObject({ code: 1, last: '1 passed, 1 failed' });
  });

  it('fails by a file that cannot be loaded, and by no test at all', () => {
    expect(run({ one: PASSES, two: 'not a script' })).toMatchObject({ code: 1, last: '1 passed, 1 failed' });
    rmSync(join(folder, 'one.test.mjs'));
    rmSync(join(folder, 'two.test.mjs'));
    expect(run({})).toMatchObject({ code: 1, last: '0 passed, 1 failed' });
  });
});
