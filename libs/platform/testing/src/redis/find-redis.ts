import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { isExecutable } from '../is-executable.js';

/** How to run a Redis server that is on this machine. */
export interface RedisCommand {
  command: string;
  env: NodeJS.ProcessEnv;
}

const NAMES = ['redis-server', 'valkey-server'];

/** A `redis-server` or `valkey-server` on the search path that runs. */
export function findOnPath(searchPath: string): RedisCommand | undefined {
  const folders = [...searchPath.split(delimiter), '/usr/local/bin', '/opt/homebrew/bin'].filter(Boolean);
  return first(
    folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    process.env,
  );
}

/** The one unpacked earlier into `.data/tools/redis`, with the libraries that came along. */
export function findUnpacked(folder: string): RedisCommand | undefined {
  const libraries = ['usr/lib', 'lib']
    .flatMap((base) => ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'].map((part) => join(folder, base, part)))
    .filter((path) => existsSync(path));
  const env = { ...process.env, LD_LIBRARY_PATH: [...libraries, process.env['LD_LIBRARY_PATH'] ?? ''].join(':') };
  return first(
    NAMES.map((name) => join(folder, 'usr/bin', name)),
    env,
  );
}

function first(paths: string[], env: NodeJS.ProcessEnv): RedisCommand | undefined {
  const command = paths.find((path) => isExecutable(path) && spawnSync(path, ['--version'], { env }).status === 0);
  return command ? { command, env } : undefined;
}
