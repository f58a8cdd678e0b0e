import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';
import type { Stage } from './stage.ts';

const FOLDER = join(ROOT, 'test/bench/peers/better-auth');
const LOCK = join(FOLDER, 'package-lock.json');
/** What npm ci has installed; written once it was done. */
const STAMP = join(FOLDER, 'node_modules/.installed');
const ARGS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

let started = 0;

/**
 * Starts better-auth on a database of its own; installs it first where that was not done. It is no dependency of ours.
 * @returns its origin, or why it is not there
 */
export async function startBetterAuth(stage: Stage): Promise<{ origin: string } | { missing: string }> {
  const missing = await install();
  if (missing !== undefined) return { missing };
  const port = await stage.freePort();
  started += 1;
  const databaseUrl = await stage.createDatabase(`better_auth_${started}`);
  const server = stage.startPeer('better-auth/server.mjs');
  await server.ask({ port, databaseUrl });
  return { origin: `http://127.0.0.1:${port}` };
}

/** @returns why it could not be installed, nothing when it is there */
async function install(): Promise<string | undefined> {
  const lock = readFileSync(LOCK, 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return undefined;
  console.log('  Installing better-auth, to be measured beside us (npm ci) …');
  const cli = process.env['npm_execpath'];
  const [command, first] = cli?.endsWith('npm-cli.js') ? [process.execPath, [cli]] : ['npm', []];
  // What the npm that runs this tells its children of our own folder is wrong in that one; its settings are not.
  const isOurs = (name: string) =>
    /^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|NODE_ENV$)/i.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
  const child = spawn(command, [...first, ...ARGS], { cwd: FOLDER, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const problem = await Promise.race([
    once(child, 'close').then(([code]) =>
      code === 0 ? undefined : `it could not be installed, npm ci ended with ${String(code)}`,
    ),
    once(child, 'error').then(([error]) => `it could not be installed, ${(error as Error).message}`),
  ]);
  if (problem === undefined) writeFileSync(STAMP, lock);
  return problem;
}
