import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { renderMetrics } from '@platform/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeyRingHolder } from '../application/key-ring-holder.js';
import { LoadKeyRing } from '../application/load-key-ring.js';
import { PublishKeySet } from '../application/publish-key-set.js';
import { ReloadKeyRing } from '../application/reload-key-ring.js';
import { mapEntries, type StoredKeys } from '../domain/stored-keys.js';
import { swapKeys, writeKeys } from '../testing/key-files.js';
import { ecPem, rsaPem, seconds, START, storedKeys, testClock, toPem, TTL_SECONDS } from '../testing/keys.js';
import { KeyDirectory } from './key-directory.js';

const HOUR = 3600;
let directory: string;
const clock = testClock();
const said = { error: vi.fn(), warn: vi.fn(), log: vi.fn() };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jwks-reload-'));
  clock.set(START);
  for (const [level, fn] of Object.entries(said)) {
    fn.mockReset();
    vi.spyOn(Logger.prototype, level as 'log').mockImplementation(fn);
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, force: true });
});

/** A replica: the ring of the directory, and what looks at it again. */
async function replica() {
  const store = new KeyDirectory(directory);
  const holder = new KeyRingHolder(await new LoadKeyRing(store, clock, TTL_SECONDS).execute());
  const reload = new ReloadKeyRing(store, holder, clock, TTL_SECONDS);
  const publish = new PublishKeySet(holder, clock);
  return { store, holder, reload, etag: () => publish.execute().keySet.etag };
}
const failures = async () =>
  Number(/^identity_key_ring_reload_failures_total (\d+)$/m.exec(await renderMetrics())?.[1]);
const kidsOf = (holder: KeyRingHolder) =>
  holder
    .current()
    .published(START)
    .map(({ kid }) => kid);
const only = ({ stored }: { stored: StoredKeys }, ...files: string[]) =>
  mapEntries(stored, (entry) => (files.includes(entry.file) ? entry : undefined));

describe('an update that is not usable', () => {
  const good = storedKeys([-2 * HOUR, -HOUR]);
  const ed25519 = toPem(generateKeyPairSync('ed25519').privateKey);
  const path = (name: string) => join(directory, name);

  it.each<[string, string, () => Promise<unknown>]>([
    ['a truncated PEM', 'keys.malformed-key', () => writeFile(path('1.pem'), ecPem().slice(0, 90))],
    ['a missing PEM', 'keys.unreadable', () => unlink(path('1.pem'))],
    ['a key of another type', 'keys.unsupported-key', () => writeFile(path('1.pem'), ed25519)],
    ['RSA of 2048 bits', 'keys.weak-key', () => writeFile(path('1.pem'), rsaPem(2048))],
    [
      'a half-written manifest',
      'keys.malformed-manifest',
      () => writeFile(path('manifest.json'), '{"version": 1, "ke'),
    ],
    ['a manifest without keys', 'keys.none-active', () => writeFile(path('manifest.json'), '{"version":1,"keys":[]}')],
    ['a missing manifest', 'keys.unreadable', () => unlink(path('manifest.json'))],
    ['a missing directory', 'keys.unreadable', () => rm(directory, { recursive: true })],
    [
      'keys that all wait',
      'keys.none-active',
      () => writeKeys(directory, { ...good.stored, ...storedKeys([HOUR]).stored }),
    ],
  ])('(%s) leaves the ring as it is, told once, counted, and mended', async (_name, code, damage) => {
    await writeKeys(directory, good.stored);
    const { holder, reload } = await replica();
    const ring = holder.current();
    const before = await failures();
    await damage();
    for (let looks = 0; looks < 3; looks += 1) await reload.execute();
    expect(holder.current()).toBe(ring);
    expect(reload.state()).toEqual({ status: 'failing', code, since: START.toISOString() });
    expect(await failures()).toBe(before + 3);
    expect(said.error).toHaveBeenCalledTimes(1);
    expect(said.error.mock.lastCall?.[0]).toContain(directory);
    await writeKeys(directory, good.stored);
    await reload.execute();
    expect(reload.state()).toEqual({ status: 'up' });
    expect(said.log.mock.calls.flat()).toEqual([expect.stringMatching(`usable again, after ${code}`)]);
    expect(await failures()).toBe(before + 3);
  });

  it('tells of each fault once, and of the same one again after it was mended', async () => {
    await writeKeys(directory, good.stored);
    const { reload } = await replica();
    const look = async (text: string) => {
      await writeFile(path('1.pem'), text);
      await reload.execute();
    };
    for (const text of ['x', rsaPem(2048), 'x', ed25519]) await look(text);
    expect(said.error).toHaveBeenCalledTimes(3);
    await look(good.stored.pems.get('1.pem') ?? '');
    await look('x');
    expect(said.error).toHaveBeenCalledTimes(4);
  });

  it('holds no key material in what it logs', async () => {
    await writeKeys(directory, good.stored);
    const { reload } = await replica();
    const pem = ecPem();
    const [, line = ''] = pem.split('\n');
    for (const name of ['1.pem', 'manifest.json']) {
      await writeFile(path(name), pem.slice(0, -40));
      await reload.execute();
    }
    expect(said.error).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(said.error.mock.calls)).not.toContain(line.slice(0, 12));
  });

  it('becomes usable by time alone once its first key is active', async () => {
    await writeKeys(directory, good.stored);
    const { holder, reload } = await replica();
    const later = storedKeys([HOUR]);
    await writeKeys(directory, later.stored);
    await reload.execute();
    expect(reload.state()).toMatchObject({ code: 'keys.none-active' });
    clock.set(seconds(HOUR));
    await reload.execute();
    expect(holder.current().signing(seconds(HOUR)).kid).toBe(later.kids[0]);
  });
});

describe('a change', () => {
  it('counts from the next request on, with its ETag', async () => {
    const all = storedKeys([-2 * HOUR, HOUR]);
    await writeKeys(directory, only(all, '0.pem'));
    const { reload, holder, etag } = await replica();
    const before = etag();
    await writeKeys(directory, all.stored);
    await reload.execute();
    expect(kidsOf(holder)).toEqual(all.kids);
    expect(etag()).not.toBe(before);
    expect(said.log).toHaveBeenCalledTimes(1);
    expect(said.warn).not.toHaveBeenCalled();
    await reload.execute();
    expect(said.log).toHaveBeenCalledTimes(1);
  });

  it('that takes a key away whose tokens live is obeyed, with a warning; not for one that is gone or only waited', async () => {
    const all = storedKeys([-2 * HOUR, -HOUR, -60, HOUR]);
    await writeKeys(directory, all.stored);
    const { reload, holder } = await replica();
    await writeKeys(directory, only(all, '2.pem'));
    await reload.execute();
    expect(kidsOf(holder)).toEqual([all.kids[2]]);
    const [, kid] = all.kids;
    expect(said.warn.mock.calls.flat()).toEqual([{ kid, msg: expect.stringContaining(`key ${kid} was taken away`) }]);
  });

  it('to a key that nobody has seen yet is obeyed, with a warning', async () => {
    const all = storedKeys([-HOUR, -60]);
    await writeKeys(directory, only(all, '0.pem'));
    const { reload } = await replica();
    await writeKeys(directory, all.stored);
    await reload.execute();
    const [, kid] = all.kids;
    expect(said.warn.mock.calls.flat()).toEqual([
      { kid, msg: expect.stringMatching(`key ${kid} signs without having`) },
    ]);
  });

  it('by time alone is told of once, with the kid', async () => {
    const { stored, kids } = storedKeys([-HOUR, HOUR]);
    await writeKeys(directory, stored);
    const { reload } = await replica();
    await reload.execute();
    expect(said.log).not.toHaveBeenCalled();
    clock.set(seconds(HOUR));
    for (let looks = 0; looks < 3; looks += 1) await reload.execute();
    expect(said.log.mock.calls.flat()).toEqual([{ kid: kids[1], msg: expect.stringContaining(kids[0] ?? '') }]);
  });
});

describe('replicas over one directory', () => {
  it('are of one mind in each second from a cold start on, ten of them and one that comes later', async () => {
    // Two that begin at the same moment, and one that waits: kids alone decide between equals.
    const { stored, kids } = storedKeys([-HOUR, -60, -60, 60]);
    await writeKeys(directory, stored);
    const replicas = await Promise.all(Array.from({ length: 10 }, () => replica()));
    const minds = new Set<string>();
    for (let second = 0; second <= 60 + TTL_SECONDS + 120; second += 1) {
      clock.set(seconds(second));
      if (second === 90) replicas.push(await replica());
      const now = replicas.map(({ holder, etag }) => `${etag()} ${holder.current().signing(clock.now()).kid}`);
      expect([second, new Set(now).size]).toEqual([second, 1]);
      minds.add(now[0] ?? '');
    }
    // As it was; the last one signs (the set stays); the first leaves; those of the tie leave.
    const signing = [...minds].map((mind) => kids.indexOf(mind.split(' ')[1] ?? ''));
    expect(signing).toEqual([expect.toBeOneOf([1, 2]), 3, 3, 3]);
    expect(new Set([...minds].map((mind) => mind.split(' ')[0])).size).toBe(3);
  });

  it('change to the next key at the same moment, and publish it before', async () => {
    const { stored, kids } = storedKeys([-HOUR, 60]);
    await writeKeys(directory, stored);
    const replicas = await Promise.all([replica(), replica()]);
    const signing = (time: Date) => replicas.map(({ holder }) => kids.indexOf(holder.current().signing(time).kid));
    expect(signing(seconds(59.999))).toEqual([0, 0]);
    expect(signing(seconds(60))).toEqual([1, 1]);
    for (const { holder } of replicas) expect(kidsOf(holder)).toEqual(kids);
  });
});

describe('a read that races a change', () => {
  const times = Array.from({ length: 8 }, (_item, index) => -HOUR + index);
  const sets = [storedKeys(times).stored, storedKeys(times).stored] as const; // the same names and times, other keys
  const owner = (pem: string) => sets.findIndex(({ pems }) => [...pems.values()].includes(pem));

  it('of Kubernetes (`..data` swapped, the old folder deleted at once) sees the one or the other, never both', async () => {
    let current = await swapKeys(directory, sets[0]);
    const { store } = await replica();
    const swapping = (async () => {
      for (let index = 1; index <= 150; index += 1)
        current = await swapKeys(directory, sets[index % 2 ? 1 : 0], current);
      return true;
    })();
    const seen = new Set<string>();
    const look = async () => {
      // Refusing to decide is right as well: a reload has the next look.
      const stored = await store.read().catch(({ message }: Error) => expect(message).toMatch(/changes all the time/));
      if (stored) seen.add([...stored.pems.values()].map(owner).join(''));
    };
    for (let isOver = false; !isOver;)
      [isOver] = await Promise.all([Promise.race([swapping, Promise.resolve(false)]), look()]);
    expect(seen.size).toBeGreaterThan(0);
    expect([...seen].filter((owners) => !/^(?:0{8}|1{8})$/.test(owners))).toEqual([]);
  });
});
