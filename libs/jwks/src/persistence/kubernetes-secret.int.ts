import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadYaml, type V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GenerateKey } from '../application/generate-key.js';
import { ListKeys } from '../application/list-keys.js';
import { PrintedSecret, toSecretData } from '../application/printed-secret.js';
import { RevokeKeys } from '../application/revoke-keys.js';
import { RotateKeys } from '../application/rotate-keys.js';
import { seconds, START, storedKeys, testClock, TTL_SECONDS } from '../testing/keys.js';
import { KubernetesApi } from '../testing/kubernetes-api.js';
import { KeyDirectory } from './key-directory.js';
import { KubernetesSecret } from './kubernetes-secret.js';

const DAY = 86_400;
const PATH = '/api/v1/namespaces/seller/secrets/identity-keys';
const [GET, PUT] = [`GET ${PATH}`, `PUT ${PATH}`];
const clock = testClock();
const { stored, kids } = storedKeys([-200 * DAY, -100 * DAY]);
let root: string;
let api: KubernetesApi;

beforeEach(async () => {
  clock.set(START);
  root = mkdtempSync(join(tmpdir(), 'jwks-secret-'));
  const metadata = { name: 'identity-keys', namespace: 'seller', resourceVersion: '7', labels: { team: 'identity' } };
  api = new KubernetesApi(root, { metadata, type: 'Opaque', data: { ...toSecretData(stored), 'note.txt': 'aGk=' } });
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '127.0.0.1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', String(await api.start()));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.stop();
  rmSync(root, { recursive: true });
});

const store = (name = 'identity-keys') => KubernetesSecret.inCluster({ name }, root);
const rotate = async (everyDays?: number) =>
  await new RotateKeys(await store(), clock, TTL_SECONDS).execute({ everyDays });
const files = () => Object.keys(api.secret.data ?? {}).sort();

describe('a rotation in the cluster', () => {
  it('adds a key, takes out what is gone, and leaves the rest of the Secret alone', async () => {
    const { key, dropped } = await rotate(90);
    expect(key?.activatesAt).toEqual(seconds(DAY));
    expect(dropped).toEqual([kids[0]]);
    expect(files()).toEqual(['1.pem', `es256-${key?.kid}.pem`, 'manifest.json', 'note.txt']);
    expect(api.secret).toMatchObject({ type: 'Opaque', metadata: { labels: { team: 'identity' } } });
    const states = await new ListKeys(await store(), clock, TTL_SECONDS).execute();
    expect(states.map(({ kid, state }) => [kid, state])).toEqual([
      [kids[1], 'signing'],
      [key?.kid, 'next'],
    ]);
  });

  it('needs to get and to update this Secret, and nothing else', async () => {
    await rotate();
    expect(api.asked).toEqual([GET, PUT]);
  });

  it('does nothing until it is due', async () => {
    await rotate(90);
    const { secret } = api;
    for (const now of [START, seconds(89 * DAY), seconds(91 * DAY - 1)]) {
      clock.set(now);
      expect(await rotate(90)).toEqual({ dropped: [] });
    }
    expect(api.secret).toBe(secret);
    clock.set(seconds(91 * DAY));
    expect((await rotate(90)).key).toBeDefined();
    expect(api.asked.filter((asked) => asked === PUT)).toHaveLength(2);
  });

  it('begins anew when somebody else was quicker, and keeps what he wrote', async () => {
    const theirs = storedKeys([-100 * DAY]).stored;
    api.beforeReplace = () => {
      api.beforeReplace = () => undefined;
      api.change(toSecretData(theirs));
    };
    const { key } = await rotate();
    expect(api.asked).toEqual([GET, PUT, GET, PUT]);
    expect(files()).toEqual(['0.pem', `es256-${key?.kid}.pem`, 'manifest.json']);
    expect(api.secret.data?.['0.pem']).toBe(toSecretData(theirs)['0.pem']);
  });

  it('gives up when it is never quicker', async () => {
    api.beforeReplace = () => api.change(api.secret.data ?? {});
    await expect(rotate()).rejects.toMatchObject({ code: 'keys.busy' });
    expect(api.asked).toHaveLength(10);
  });

  it('is due where there are no keys yet, which sign at once', async () => {
    api.change({});
    const { key } = await rotate(90);
    expect(key?.activatesAt).toEqual(START);
  });

  it('of two at once loses none: the second sees that a key waits', async () => {
    const results = await Promise.allSettled([rotate(), rotate()]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(['keys.next-waiting']);
  });
});

describe('a refusal of the API', () => {
  it.each([
    ['GET', 403, 'keys.store-refused', /refuses get \(403\).*get and update on secrets.*"identity-keys"/],
    ['PUT', 403, 'keys.store-refused', /refuses update \(403\)/],
    ['GET', 404, 'keys.store-refused', /is missing/],
    ['PUT', 422, 'keys.not-written', /answers 422 to update/],
    ['GET', 500, 'keys.not-written', /answers 500 to get/],
  ])('of %s by %s says what to do, and nothing of the keys', async (method, status, code, message) => {
    api.refuses[method] = status;
    const error = await rotate().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), cause: undefined });
    expect(api.secret.metadata.resourceVersion).toBe('7');
  });

  it('whose certificate is of another CA is not asked [ASVS 16.3.4]', async () => {
    const other = new KubernetesApi(mkdtempSync(join(root, 'other-')), api.secret);
    vi.stubEnv('KUBERNETES_SERVICE_PORT', String(await other.start()));
    await expect(rotate()).rejects.toMatchObject({
      code: 'keys.not-written',
      message: expect.stringMatching(/reached/),
    });
    expect(other.asked).toEqual([]);
    await other.stop();
  });

  it('is not waited for outside a cluster', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    await expect(store()).rejects.toMatchObject({ code: 'keys.store-refused' });
  });
});

describe('a Secret that is printed', () => {
  it('holds what a change makes of the directory, which stays as it is', async () => {
    const directory = new KeyDirectory(join(root, 'keys'));
    const first = await new GenerateKey(directory, clock).execute();
    const before = await directory.read();
    const printed: string[] = [];
    const secret = { name: '7', namespace: 'seller' }; // a name that YAML would take for a number
    const print = new PrintedSecret(directory, secret, (yaml) => printed.push(yaml));
    const { key } = await new RotateKeys(print, clock, TTL_SECONDS).execute();
    const revoked = await new RevokeKeys(print, clock, TTL_SECONDS).one(first.kid);
    expect(await directory.read()).toEqual(before);
    const [rotation, revocation] = printed.map((yaml) => loadYaml<V1Secret>(yaml));
    expect(rotation).toMatchObject({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: secret });
    expect(Object.keys(rotation?.data ?? {})).toEqual([
      'manifest.json',
      `es256-${first.kid}.pem`,
      `es256-${key?.kid}.pem`,
    ]);
    expect(revoked).toMatchObject({ revoked: [first.kid], isNew: true });
    expect(Object.keys(revocation?.data ?? {})).toEqual(['manifest.json', `es256-${revoked.signing}.pem`]);
    expect(Buffer.from(rotation?.data?.[`es256-${first.kid}.pem`] ?? '', 'base64').toString()).toBe(
      before.pems.get(`es256-${first.kid}.pem`),
    );
  });

  it('holds what else the mounted Secret holds, but no key that was taken out', async () => {
    const [mount, folder] = [join(root, 'mount'), join(root, 'mount', '..2026_11_24')];
    const { kid } = await new GenerateKey(new KeyDirectory(folder), clock).execute();
    writeFileSync(join(folder, 'ca.crt'), Buffer.from([0, 255]));
    symlinkSync(folder, join(mount, '..data'));
    for (const name of readdirSync(folder)) symlinkSync(join('..data', name), join(mount, name));
    const printed: string[] = [];
    const print = new PrintedSecret(new KeyDirectory(mount), { name: 'keys' }, (yaml) => printed.push(yaml));
    const { signing } = await new RevokeKeys(print, clock, TTL_SECONDS).one(kid);
    const data = loadYaml<V1Secret>(printed[0]!).data ?? {};
    expect(Object.keys(data).toSorted()).toEqual(['ca.crt', `es256-${signing}.pem`, 'manifest.json']);
    expect(data['ca.crt']).toBe(Buffer.from([0, 255]).toString('base64'));
  });
});
