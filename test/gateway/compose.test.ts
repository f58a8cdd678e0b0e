import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { projectRoot } from '@platform/testing';
import { runIdentity } from '../support/run-identity.js';
import { prepareEnvironment } from '../support/start-service.js';
import { onThisMachine, readAllServices, readCompose } from './support/compose.js';

const services = Object.entries(readAllServices());
const ONCE = ['secrets', 'migrate', 'configure'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-compose-'));
  execFileSync('chmod', ['755', folder]);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder for PATH whose `identity` is this shell script, as the image has its own. */
function withIdentity(name: string, script: string): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  writeFileSync(join(bin, 'identity'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `${bin}${delimiter}${process.env.PATH}`;
}

/** For NODE_OPTIONS: the process is killed when it has made its first file and not written it yet. */
const KILLED_EARLY = `--import=data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const write = fs.writeFileSync;
  fs.writeFileSync = (file, _data, options) => {
    write(file, '', options);
    process.kill(process.pid, 'SIGKILL');
  };
  syncBuiltinESMExports();`)}`;

function runScript(script: string, env: Record<string, string>): string {
  const [program = '', ...args] = onThisMachine(['node', `/opt/compose/${script}`]);
  return execFileSync(program, args, { env }).toString();
}

describe.each(services)('%s', (name, service) => {
  it('is confined: a fixed image, nothing written, no capability, no new privilege, bounded', () => {
    expect(service.image).toMatch(/:v?\d+(\.\d+)+$/);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.deploy.resources.limits.memory).toMatch(/^\d+[MG]$/);
    expect(service.cap_add ?? []).toEqual(name === 'secrets' ? ['CHOWN', 'SETUID', 'SETGID'] : []);
    expect(service.user ?? 'root').toMatch(name === 'docker' ? /root/ : name === 'secrets' ? /^0:0$/ : /^(?!root|0)/);
  });

  it('is reached from this machine alone, and Docker through the proxy alone', () => {
    for (const { host_ip } of service.ports ?? []) expect(host_ip).toBe('127.0.0.1');
    const sockets = (service.volumes ?? []).filter(({ source }) => source.endsWith('docker.sock'));
    expect(sockets.map(({ read_only }) => read_only)).toEqual(name === 'docker' ? [true] : []);
    if (['postgres', 'redis'].includes(name)) expect(Object.keys(service.networks ?? {})).toEqual(['data']);
  });

  it('says whether it is well, or runs once', () => {
    expect(service.healthcheck !== undefined || service.restart === 'no').toBe(true);
    expect(service.restart === 'no').toBe(ONCE.includes(name));
  });
});

it('API and worker begin once the migration has ended, which waits for keys and PostgreSQL', () => {
  const after = Object.fromEntries(services.map(([name, { depends_on }]) => [name, depends_on]));
  for (const name of ['api', 'api-2', 'worker'])
    expect(after[name]).toMatchObject({ migrate: { condition: 'service_completed_successfully' } });
  expect(after.migrate).toMatchObject({
    secrets: { condition: 'service_completed_successfully' },
    postgres: { condition: 'service_healthy' },
  });
});

it('makes secrets and keys once, for the user of the service, even if it was killed in the middle', () => {
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets);
  const PATH = withIdentity('stub', 'echo "$(id -u) $*" >> "$JWKS_DIR/calls"; echo {} > "$JWKS_DIR/manifest.json"');
  const { JWKS_DIR, REFRESH_TOKEN_KEY_FILE, OTP_PEPPER_FILE, CONFIGURATION_KEY_FILE } = readCompose().api.environment;
  const given = { JWKS_DIR, REFRESH_TOKEN_KEY_FILE, OTP_PEPPER_FILE, CONFIGURATION_KEY_FILE };
  const here = Object.entries(given).map(([name, path = '']) => [name, path.replace('/run/secrets/identity', secrets)]);
  const env = { ...(Object.fromEntries(here) as Record<string, string>), PATH };
  const files = here.slice(1).map(([, path = '']) => path);
  const read = () => files.map((file) => readFileSync(file, 'utf8'));

  expect(() => runScript('secrets.mjs', { ...env, NODE_OPTIONS: KILLED_EARLY })).toThrow('Command failed');
  runScript('secrets.mjs', env);
  const made = read();
  expect(new Set(made).size).toBe(3);
  for (const secret of made) expect(Buffer.from(secret, 'base64')).toHaveLength(32);
  const user = process.getuid?.() === 0 ? 65_532 : process.getuid?.();
  for (const file of files) expect(statSync(file)).toMatchObject({ uid: user, mode: 0o100400 });

  runScript('secrets.mjs', env);
  expect(read()).toEqual(made);
  expect(readdirSync(secrets)).toHaveLength(4);
  expect(readFileSync(join(secrets, 'keys/calls'), 'utf8')).toBe(`${user} keys generate\n`);
});

it('has mail go to the catcher, until an operator names a server', async () => {
  const { env, release } = await prepareEnvironment();
  await migrate(env.DATABASE_URL ?? '');
  const cli = join(projectRoot(), 'dist/apps/cli/apps/cli/src/main.js');
  expect(existsSync(cli)).toBe(true);
  const PATH = withIdentity('built', `exec "${process.execPath}" "${cli}" "$@"`);
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 1 });
  const host = async () => {
    const { rows } = await pool.query(`SELECT to_jsonb(c)::text AS text FROM public."Configuration" c`);
    return (rows as { text: string }[]).map(({ text }) => /"host": ?"([\w.]+)"/.exec(text)?.[1]);
  };
  try {
    runScript('mail.mjs', { ...env, PATH });
    expect(await host()).toEqual(['mail']);
    const real = JSON.stringify({ host: 'smtp.example.com', port: 465, tls: 'implicit', from: 'no-reply@example.com' });
    expect(await runIdentity(env, ['configuration', 'set', 'identity.mail.smtp', real])).toMatchObject({ code: 0 });
    runScript('mail.mjs', { ...env, PATH });
    expect(await host()).toEqual(['smtp.example.com']);
  } finally {
    await pool.end();
    await release();
  }
});
