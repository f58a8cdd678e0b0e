import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresUser } from './postgres-user.js';

interface Cluster {
  native: string;
  dataDir: string;
  user: PostgresUser | undefined;
  password: string;
  durable: boolean;
}

/**
 * Runs initdb. Sorting and case rules are PostgreSQL's built-in C.UTF-8, so that they do not depend on the machine.
 * It works beside the data directory, whose content appears at once: a start that is killed meanwhile leaves nothing
 * that the next one would take for data.
 * @throws Error with what initdb says
 */
export function initialise({ native, dataDir, user, password, durable }: Cluster): void {
  const folder = mkdtempSync(join(user ? '/tmp' : tmpdir(), 'nx-identity-initdb-'));
  const passwordFile = join(folder, 'password');
  const draft = `${dataDir}.draft`;
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    if (user) for (const path of [folder, passwordFile, draft]) chownSync(path, user.uid, user.gid);
    const args = [
      `--pgdata=${draft}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ];
    const { status, stderr, error } = spawnSync(join(native, 'bin/initdb'), args, {
      ...user,
      cwd: '/',
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`PostgreSQL could not create ${dataDir}: ${error?.message ?? stderr.trim()}`);
    // Refused when the directory is not empty: what is in it is somebody's.
    renameSync(draft, dataDir);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
