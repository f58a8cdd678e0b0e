import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisAccess, RedisTarget } from '@platform/config';
import { freePort, poll, type RunningCluster, startCluster, startRedis, startSentinel } from '@platform/testing';
import { connectRedis } from './connect-redis.js';
import type { RedisConnection } from './open-redis.js';

const PASSWORD = 'p@ss,word/1';
const NAME = 'guarded';

let folder: string;
const opened: RedisConnection[] = [];
let tls: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-guarded-'));
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const subject = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
  const files = { 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': certificate };
  tls = { ...files, 'tls-auth-clients': 'no' };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  for (const connection of opened.splice(0)) connection.disconnect();
});

function open(target: RedisTarget): RedisConnection {
  const connection = connectRedis(target);
  opened.push(connection);
  return connection;
}

async function answers(target: RedisTarget): Promise<string | undefined> {
  const connection = open(target);
  return await poll('an answer', 15, () => connection.set('guarded', '1').catch(() => undefined));
}

/** Why it is not let in. */
async function refusal(target: RedisTarget): Promise<string> {
  const said: string[] = [];
  open(target).on('error', (error: Error & { lastNodeError?: Error }) => {
    said.push(error.message, error.lastNodeError?.message ?? '');
  });
  return await poll('a refusal', 15, () => said.find((line) => /NOAUTH|WRONGPASS/.test(line)));
}

describe('a Cluster that wants a password, over TLS', () => {
  let cluster: RunningCluster;
  let port: number;
  const at = (access: RedisAccess): RedisTarget => ({
    kind: 'cluster',
    nodes: [{ host: '127.0.0.1', port }],
    access,
  });

  beforeAll(async () => {
    port = await freePort();
    // By default 10,000 above the port: among those that outgoing connections are given.
    const bus = { 'tls-cluster': 'yes', 'cluster-port': String(await freePort()) };
    const settings = { requirepass: PASSWORD, 'tls-port': String(port), ...bus, ...tls };
    cluster = await startCluster({ dir: join(folder, 'cluster'), masters: 1, settings });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('lets in who knows it', async () => {
    expect(await answers(at({ tls: true, password: PASSWORD }))).toBe('OK');
    expect(await refusal(at({ tls: true, password: 'another' }))).toMatch(/NOAUTH|WRONGPASS/);
  });
});

describe('servers and sentinels that want passwords of their own', () => {
  it('let in who knows both', async () => {
    const master = await startRedis({ dir: join(folder, 'master'), settings: { requirepass: 'of-servers' } });
    const port = await freePort();
    const sentinel = await startSentinel({
      dir: join(folder, 'sentinel'),
      masterPort: master.port,
      name: NAME,
      settings: [
        `sentinel auth-pass ${NAME} of-servers`,
        'requirepass of-sentinels',
        `tls-port ${port}`,
        ...Object.entries(tls).map(([name, value]) => `${name} ${value}`),
      ],
    });
    const at = (of: { sentinels: string; servers: string }): RedisTarget => ({
      kind: 'sentinel',
      sentinels: [{ host: '127.0.0.1', port }],
      access: { tls: true, password: of.sentinels },
      name: NAME,
      serverAccess: { tls: false, username: 'default', password: of.servers },
    });
    try {
      expect(await answers(at({ sentinels: 'of-sentinels', servers: 'of-servers' }))).toBe('OK');
      expect(await refusal(at({ sentinels: 'of-sentinels', servers: 'another' }))).toMatch(/WRONGPASS/);
    } finally {
      await sentinel.stop();
      await master.stop();
    }
  });
});
