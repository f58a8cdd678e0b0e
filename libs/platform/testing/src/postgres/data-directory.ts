import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type PostgresUser, succeedsAs } from './postgres-user.js';

const REACHABLE = '/var/lib/nx-seller-identity';

/**
 * Makes the data directory and returns where it really is. Below a folder that `user` cannot enter (a clone in
 * /root, say) the data lies under /var/lib, and a symbolic link stands in its place.
 */
export function prepareDataDirectory(directory: string, user: PostgresUser | undefined): string {
  const path = resolve(directory);
  if (isLink(path)) mkdirSync(resolve(dirname(path), readlinkSync(path)), { recursive: true, mode: 0o700 });
  else mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  if (!user) return real;
  own(real, user);
  if (succeedsAs(user, 'test', ['-w', real])) return real;
  if (isLink(path) || existsSync(join(path, 'PG_VERSION'))) {
    throw new Error(`The account that runs PostgreSQL cannot reach ${path}: open its parent folders (chmod o+x)`);
  }
  return moveAway(path, user);
}

function moveAway(path: string, user: PostgresUser): string {
  mkdirSync(REACHABLE, { recursive: true, mode: 0o755 });
  // A new name each time: whoever removed the link wants a fresh start, and its password opens no older data.
  const real = mkdtempSync(join(REACHABLE, `${basename(path)}-`));
  own(real, user);
  rmSync(path, { recursive: true, force: true });
  symlinkSync(real, path);
  return real;
}

/** Data of an ordinary user changes hands when root starts the server later. */
function own(path: string, user: PostgresUser): void {
  if (statSync(path).uid === user.uid) return;
  if (existsSync(join(path, 'PG_VERSION'))) spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, path]);
  chownSync(path, user.uid, user.gid);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
