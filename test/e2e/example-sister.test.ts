import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, guardProcess, poll, projectRoot, releaseProcess } from '@platform/testing';
import { Client, type Tokens } from '../support/client.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

/** Who is told that a session has ended refuses its tokens within two seconds; the machine gets some more. */
const TOLD_SECONDS = 5;

let service: TestService;
let folder: string;
let sister: ChildProcess;
let client: Client;
let ana: Tokens & { userId: string };

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-sister-'));
  await install();
  const { name, secret } = await createSister(service, 'policies:check', 'revocations:read');
  sister = await start({ IDENTITY_NAME: name, IDENTITY_SECRET: secret });
  ana = await service.client.signUp();
});
afterAll(async () => {
  sister.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  await service.stop();
});

/** The example beside the package, compiled as it is published, in a folder of its own. */
async function install(): Promise<void> {
  const root = projectRoot();
  const library = join(root, 'libs/identity-client');
  const installed = join(folder, 'node_modules/@nx-seller/identity-client');
  mkdirSync(installed, { recursive: true });
  for (const name of ['jose', 'eventsource-parser']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  copyFileSync(join(library, 'package.json'), join(installed, 'package.json'));
  copyFileSync(join(root, 'examples/sister/main.mjs'), join(folder, 'main.mjs'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = ['-p', join(library, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')];
  await promisify(execFile)(process.execPath, [compiler, ...project]);
}

async function start(account: Record<string, string>): Promise<ChildProcess> {
  const port = await freePort();
  const env = {
    PORT: String(port),
    IDENTITY_API: `${service.origin}/v1/api/identity`,
    IDENTITY_JWKS: `${service.origin}/jw-certs`,
    IDENTITY_ISSUER: service.env.JWT_ISSUER ?? '',
    IDENTITY_AUDIENCE: 'nx-seller',
    ...account,
  };
  const child = spawn(process.execPath, ['main.mjs'], { cwd: folder, env, stdio: 'ignore' });
  const { pid } = child;
  if (pid !== undefined) guardProcess(pid, 'SIGKILL', 1);
  child.once('exit', () => pid !== undefined && releaseProcess(pid));
  client = new Client(`http://127.0.0.1:${port}`, '');
  await poll('the feed of the sister', 10, async () => {
    const state = await client.get('/healthz').catch(() => undefined);
    return state?.body.feed.status === 'live' || undefined;
  });
  return child;
}

it('says who calls, and refuses who brings no token of the service', async () => {
  expect(await client.get('/me', ana.accessToken)).toMatchObject({
    status: 200,
    body: { userId: ana.userId, sessionId: ana.sessionId, roles: [] },
  });
  for (const token of [undefined, 'x', ana.refreshToken]) expect((await client.get('/me', token)).status).toBe(401);
});

it('shows the orders of a shop to whom the policies allow it there', async () => {
  const path = '/shops/7/orders';
  expect((await client.get(path, ana.accessToken)).status).toBe(403);
  await service.sql(`INSERT INTO "Permission" (id, code, name) VALUES (7, 'orders', 'Orders')`);
  await service.sql(
    `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action, domain)
     VALUES (11, 'grant', 'User', $1, 'Permission', 7, 'read', 'Shop_7')`,
    [ana.userId],
  );
  await poll('the grant', 2, async () => (await client.get(path, ana.accessToken)).status === 200 || undefined);
  expect((await client.get('/shops/8/orders', ana.accessToken)).status).toBe(403);
  expect((await client.get('/shops', ana.accessToken)).status).toBe(404);
});

it('refuses the token of a session that has ended, and ends in good order', async () => {
  await service.client.post('/auth/sign-out', { refreshToken: ana.refreshToken });
  await poll(
    'the end',
    TOLD_SECONDS,
    async () => (await client.get('/me', ana.accessToken)).status === 401 || undefined,
  );
  const ended = once(sister, 'exit');
  sister.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
