// What a container runs: one image, RUN_MODE decides which process it is.
import { availableParallelism } from 'node:os';
import { argv, env, execArgv, execPath, execve } from 'node:process';
import { fileURLToPath } from 'node:url';

const MODES = {
  api: '../dist/apps/api/apps/api/src/main.js',
  worker: '../dist/apps/worker/apps/worker/src/main.js',
  migrate: '../dist/apps/cli/apps/cli/src/main.js',
};

const MIB = 1024 ** 2;

const mode = env.RUN_MODE || 'api';
const main = MODES[mode];
if (!main) {
  process.stderr.write(`RUN_MODE: wants one of ${Object.keys(MODES).join(', ')}\n`);
  process.exit(1);
}

const FLAGS = [
  '--enable-source-maps',
  // With 16 MiB semi-spaces, V8's default, the idle service holds 60 MiB of garbage more.
  '--max-semi-space-size=8',
];
/** As PASSWORD_HASH_CONCURRENCY has it, and two threads more for files and name look-ups. */
const threads = (Number(env.PASSWORD_HASH_CONCURRENCY) || availableParallelism() + 1) + 2;
const ENVIRONMENT = {
  UV_THREADPOOL_SIZE: String(Math.max(4, threads)),
  // The 19 MiB of a hash stay with the process rather than go back to the kernel and come anew for the next.
  GLIBC_TUNABLES: `glibc.malloc.mmap_threshold=${32 * MIB}:glibc.malloc.trim_threshold=${256 * MIB}`,
};

// The C library and libuv read these as the process begins: it begins anew, under the same process id.
const entry = fileURLToPath(new URL(main, import.meta.url));
execve(
  execPath,
  [execPath, ...execArgv, ...FLAGS, entry, ...(mode === 'migrate' ? ['migrate'] : []), ...argv.slice(2)],
  { ...ENVIRONMENT, ...env },
);
