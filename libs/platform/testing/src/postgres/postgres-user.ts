import { execFileSync, spawnSync } from 'node:child_process';

/** The account that PostgreSQL runs as when this process is root, which PostgreSQL refuses to be. */
export interface PostgresUser {
  uid: number;
  gid: number;
}

const ENV = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/**
 * The `postgres` account of this machine, created when it is missing; nothing when this process is not root.
 * @throws Error when the account cannot be made
 */
export function postgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return find() ?? create();
}

function find(): PostgresUser | undefined {
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

function create(): PostgresUser {
  const add = (group: string[]) =>
    spawnSync('useradd', ['--system', ...group, '--shell', '/usr/sbin/nologin', 'postgres'], {
      env: ENV,
      encoding: 'utf8',
    });
  const made = add(['--user-group']);
  // The group alone may be there already.
  const user = find() ?? (add(['--gid', 'postgres']).status === 0 ? find() : undefined);
  if (user) return user;
  throw new Error(
    'PostgreSQL does not run as root and no account `postgres` could be created ' +
      `(${made.error?.message ?? made.stderr.trim()}). Create it, or run as an ordinary user.`,
  );
}

/** Whether a command succeeds as that user: the one test that sees every ancestor's mode. */
export function succeedsAs(user: PostgresUser | undefined, command: string, args: string[]): boolean {
  return spawnSync(command, args, { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}
