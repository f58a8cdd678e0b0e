import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GenerateKey } from '../application/generate-key.js';
import { ListKeys } from '../application/list-keys.js';
import { LoadKeyRing } from '../application/load-key-ring.js';
import { makeKey } from '../application/make-key.js';
import type { SigningAlgorithm } from '../domain/jwk.js';
import { withKey } from '../domain/stored-keys.js';
import { ecPem, seconds, START, testClock, TTL_SECONDS } from '../testing/keys.js';
import { KeyDirectory } from './key-directory.js';

const DAY = 86_400;
let root: string;
let directory: string;
const clock = testClock();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jwks-'));
  directory = join(root, 'keys');
  clock.set(START);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const store = () => new KeyDirectory(directory);
const generate = (options?: { alg?: SigningAlgorithm; leadSeconds?: number; force?: boolean }) =>
  new GenerateKey(store(), clock).execute(options);
const load = () => new LoadKeyRing(store(), clock, TTL_SECONDS).execute();
const list = () => new ListKeys(store(), clock, TTL_SECONDS).execute();
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const manifest = async () => JSON.parse(await readFile(at('manifest.json'), 'utf8')) as { keys: { file: string }[] };
const writeManifest = (keys: object[]) => writeFile(at('manifest.json'), JSON.stringify({ version: 1, keys }));

it.each([
  ['pipe', 'mkfifo', []],
  ['file of gigabytes', 'truncate', ['-s', '8G']],
])('waits for no %s among the keys, and says which it is', async (_what, program, options) => {
  const { kid } = await generate();
  const file = at(`es256-${kid}.pem`);
  await unlink(file);
  execFileSync(program, [...options, file]);
  await expect(load()).rejects.toMatchObject({ code: 'keys.unreadable', message: `${file}: cannot be read (EFBIG)` });
});

describe('generating keys', () => {
  it('makes a first key that signs at once, readable by its owner alone', async () => {
    const key = await generate();
    expect(key).toMatchObject({ alg: 'ES256', activatesAt: START, file: at(`es256-${key.kid}.pem`) });
    expect((await load()).signing(START).kid).toBe(key.kid);
    expect([await mode(directory), await mode(key.file), await mode(at('manifest.json'))]).toEqual([
      '700',
      '600',
      '600',
    ]);
  });

  it('gives a later key a lead of 24 h, or what it is told', async () => {
    const first = await generate();
    const second = await generate();
    const third = await generate({ leadSeconds: 3600, force: true });
    expect([second.activatesAt, third.activatesAt]).toEqual([seconds(DAY), seconds(3600)]);
    const ring = await load();
    expect(ring.signing(seconds(3599)).kid).toBe(first.kid);
    expect(ring.signing(seconds(3600)).kid).toBe(third.kid);
    expect(ring.signing(seconds(DAY)).kid).toBe(second.kid);
  });

  it.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)(
    'makes %s keys that load as such [ASVS 11.6.1]',
    async (alg) => {
      await generate({ alg });
      expect((await load()).signing(START).alg).toBe(alg);
    },
  );

  it('loses no key to a race: whoever comes second is refused', async () => {
    await generate();
    const results = await Promise.allSettled([generate(), generate(), generate()]);
    const made = results.filter(({ status }) => status === 'fulfilled').length;
    expect(made).toBeGreaterThanOrEqual(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'keys.busy' });
    }
    expect((await store().read()).manifest.keys).toHaveLength(1 + made);
    expect(readdirSync(directory).filter((name) => name.endsWith('.pem'))).toHaveLength(1 + made);
  });

  it('is refused while another writer is at work, and says what to do if it was interrupted', async () => {
    await generate();
    await writeFile(at('.manifest.json.new'), '');
    await expect(generate()).rejects.toMatchObject({ code: 'keys.busy', message: expect.stringMatching(/delete it/) });
    expect((await manifest()).keys).toHaveLength(1);
    expect(existsSync(at('.manifest.json.new'))).toBe(true);
  });

  it('leaves nothing behind when the manifest that is there is broken', async () => {
    await generate();
    await writeFile(at('manifest.json'), '{');
    const before = readdirSync(directory).sort();
    await expect(generate()).rejects.toMatchObject({ code: 'keys.malformed-manifest' });
    expect(readdirSync(directory).sort()).toEqual(before);
    expect(await readFile(at('manifest.json'), 'utf8')).toBe('{');
  });

  it('leaves nothing behind when the manifest cannot be put in place', async () => {
    const add = store().update(async (stored) => {
      mkdirSync(at('manifest.json'));
      return { keys: withKey(stored, await makeKey('ES256'), START), result: undefined };
    });
    await expect(add).rejects.toMatchObject({ code: 'keys.not-written' });
    expect(readdirSync(directory)).toEqual(['manifest.json']);
  });

  it('refuses a directory that cannot be made', async () => {
    await writeFile(join(root, 'keys'), 'a file');
    await expect(generate()).rejects.toMatchObject({
      code: 'keys.not-written',
      message: expect.stringContaining(directory),
    });
  });

  it.each([-1, 0.5, NaN, Infinity])('refuses a lead of %s', async (leadSeconds) => {
    await expect(generate({ leadSeconds })).rejects.toMatchObject({ code: 'keys.invalid-lead' });
    expect(existsSync(directory)).toBe(false);
  });
});

describe('listing keys', () => {
  it('tells state, age and what is due, also for keys that are gone', async () => {
    const first = await generate();
    const second = await generate();
    clock.set(seconds(DAY + 5));
    const third = await generate();
    const [one, two, three] = [first, second, third].map(({ file: _file, ...key }) => key);
    expect(await list()).toEqual([
      { ...one, state: 'retired', ageSeconds: DAY + 5, changesAt: seconds(DAY + TTL_SECONDS + 60) },
      { ...two, state: 'signing', ageSeconds: 5, changesAt: third.activatesAt },
      { ...three, state: 'next', ageSeconds: 0, changesAt: third.activatesAt },
    ]);
    clock.set(seconds(9 * DAY));
    expect((await list()).map(({ state, changesAt }) => [state, changesAt])).toEqual([
      ['gone', null],
      ['gone', null],
      ['signing', null],
    ]);
  });

  it('shows a store in which no key is active, so that it can be mended', async () => {
    await generate();
    clock.set(seconds(-1));
    expect((await list()).map(({ state }) => state)).toEqual(['next']);
  });
});

describe('loading keys', () => {
  const entry = { file: 'a.pem', activatesAt: START.toISOString() };
  const refused = (code: string, ...parts: string[]) =>
    expect(load()).rejects.toMatchObject({
      code: `keys.${code}`,
      level: 'error',
      message: expect.stringMatching(new RegExp(parts.map((part) => part.replaceAll('.', '\\.')).join('.*'))),
    });

  beforeEach(async () => {
    await generate();
    await writeManifest([entry]);
    await writeFile(at('a.pem'), ecPem());
  });

  it('follows the links by which Kubernetes mounts a Secret', async () => {
    await symlink(directory, join(root, '..data'));
    await symlink(join(root, '..data', 'a.pem'), at('linked.pem'));
    await writeManifest([{ ...entry, file: 'linked.pem' }]);
    expect((await load()).signing(START).file).toBe(at('linked.pem'));
  });

  it('refuses a missing directory or manifest', async () => {
    await unlink(at('manifest.json'));
    await refused('unreadable', at('manifest.json'), 'is missing');
    await rm(directory, { recursive: true });
    await refused('unreadable', at('manifest.json'), 'is missing');
  });

  it('refuses a manifest that names a missing file', async () => {
    await unlink(at('a.pem'));
    await refused('unreadable', at('a.pem'), 'is missing');
  });

  it('refuses what cannot be read', async () => {
    await rm(at('a.pem'));
    await symlink(directory, at('a.pem'));
    await refused('unreadable', at('a.pem'), 'EISDIR');
  });

  it('refuses a broken manifest and a broken key', async () => {
    await writeFile(at('a.pem'), 'not a key');
    await refused('malformed-key', at('a.pem'), 'PKCS#8');
    await writeFile(at('manifest.json'), 'not json');
    await refused('malformed-manifest', at('manifest.json'), 'is not JSON');
  });

  it('refuses to leave its directory', async () => {
    await writeFile(join(root, 'outside.pem'), ecPem());
    await writeManifest([{ ...entry, file: '../outside.pem' }]);
    await refused('malformed-manifest', at('manifest.json'), 'keys.0.file');
  });

  it('refuses one key in two files, and names both', async () => {
    await writeFile(at('b.pem'), await readFile(at('a.pem')));
    await writeManifest([entry, { ...entry, file: 'b.pem' }]);
    await refused('duplicate', at('a.pem'), 'and', at('b.pem'), 'hold the same key');
  });

  it('refuses when no key is active now, and says when the first will be', async () => {
    await writeManifest([{ ...entry, activatesAt: seconds(1).toISOString() }]);
    await refused('none-active', at('manifest.json'), 'the first activates at 2026-11-24T10:00:01.000Z');
    clock.set(seconds(1));
    expect((await load()).signing(seconds(1)).file).toBe(at('a.pem'));
    await writeManifest([]);
    await refused('none-active', at('manifest.json'), 'it lists none');
  });
});
