import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { poll } from '@platform/testing';
import { type Service, startService } from './child.js';
import { choosePort } from './ports.js';
import { Problem } from './problem.js';
import type { ServiceContext } from './services.js';

const FOLDER = 'examples/sister';
const LIBRARY = 'libs/identity-client';
const INSTALLED = 'node_modules/@nx-seller/identity-client';
const READY_SECONDS = 20;

/** What the sister is told of the service, in its environment. */
export interface SisterOrder {
  /** The service's base path. */
  api: string;
  jwks: string;
  issuer: string;
  audience: string;
  account: { name: string; secret: string };
}

/** Compiles the package that examples/sister uses, starts it on a free port, and waits until it answers. */
export async function startSister(
  { root, folder, callerEnv, onStart }: ServiceContext,
  { api, jwks, issuer, audience, account }: SisterOrder,
): Promise<{ service: Service; url: string }> {
  await install(root);
  const port = await choosePort('SISTER_PORT', callerEnv['SISTER_PORT'], 3100);
  const env = {
    PATH: callerEnv['PATH'],
    PORT: String(port),
    IDENTITY_API: api,
    IDENTITY_JWKS: jwks,
    IDENTITY_ISSUER: issuer,
    IDENTITY_AUDIENCE: audience,
    IDENTITY_NAME: account.name,
    IDENTITY_SECRET: account.secret,
  };
  const service = startService('sister', join(root, FOLDER, 'main.mjs'), env, folder.log('sister'));
  onStart(service);
  const url = `http://127.0.0.1:${port}`;
  await poll('Readiness of the sister', READY_SECONDS, async () => {
    if (!service.isRunning()) throw new Problem(`The sister ended while it started:\n${service.lastLines()}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok || undefined;
  });
  return { service, url };
}

/** As `npm install` in examples/sister does it with a package that is a folder: a link, and no look at the registry. */
async function install(root: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', join(root, LIBRARY, 'tsconfig.build.json')]);
  const link = join(root, FOLDER, INSTALLED);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { recursive: true, force: true });
  symlinkSync(join(root, LIBRARY), link);
}
