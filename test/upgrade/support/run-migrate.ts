import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A container's migration, which is under way. */
export interface Migrating {
  child: ChildProcess;
  /** Once it has ended. */
  result: Promise<{ code: number | null; err: string }>;
}

/**
 * Starts what the image runs with RUN_MODE=migrate.
 * @param root of the built project, of whichever version
 */
export function runMigrate(root: string, databaseUrl: string): Migrating {
  const child = spawn(process.execPath, [join(root, 'docker/entrypoint.mjs')], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', RUN_MODE: 'migrate', DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const result = Promise.all([ended, text(child.stderr)]).then(([code, err]) => ({ code, err }));
  return { child, result };
}
