// What a container runs: one image, RUN_MODE decides which process it is.
import { availableParallelism, totalmem } from 'node:os';
import { argv, constrainedMemory, env, execArgv, execPath, execve, pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { MALLOC } from './malloc.mjs';

const MODES = {
  api: '../dist/apps/api/apps/api/src/main.js',
  worker: '../dist/apps/worker/apps/worker/src/main.js',
  migrate: '../dist/apps/cli/apps/cli/src/main.js',
};

const MIB = 1024 ** 2;
/** What a process takes beside old space and hashes: Node itself, code, buffers, young space. ADR 28 has the figures. */
const BESIDE_HEAP = 160 * MIB;
/** Less than this does not boot. */
const LEAST_HEAP = 128 * MIB;

const mode = env.RUN_MODE || 'api';
const main = MODES[mode];
if (!main) {
  process.stderr.write(`RUN_MODE: wants one of ${Object.keys(MODES).join(', ')}\n`);
  process.exit(1);
}

/** As PASSWORD_HASH_CONCURRENCY has it, whose default is one more than there are processors. */
const hashes = Number(env.PASSWORD_HASH_CONCURRENCY) || availableParallelism() + 1;
const FLAGS = [
  '--enable-source-maps',
  // V8 clears young space with several threads that wait for each other: where there are two processors, others run there.
  '--no-parallel-scavenge',
  // V8's default is 16 MiB: the worker, whose mails are mostly garbage, gains a tenth by it; the API would only be larger.
  ...(mode === 'worker' ? [] : ['--max-semi-space-size=8']),
  ...heapFlags(),
  // Elsewhere the kernel obeys signals by itself.
  ...(pid === 1 ? [`--import=${new URL('first-process.mjs', import.meta.url)}`] : []),
];
const ENVIRONMENT = {
  // Two more for files and name look-ups.
  UV_THREADPOOL_SIZE: String(Math.max(4, hashes + 2)),
  GLIBC_TUNABLES: MALLOC,
};

// The C library and libuv read these as the process begins: it begins anew, under the same process id.
const entry = fileURLToPath(new URL(main, import.meta.url));
execve(
  execPath,
  [execPath, ...execArgv, ...FLAGS, entry, ...(mode === 'migrate' ? ['migrate'] : []), ...argv.slice(2)],
  { ...ENVIRONMENT, ...env },
);

/**
 * Old space takes what the container's limit leaves, so that a leak ends in V8's own words and trace rather than by the
 * kernel's killer. V8 by itself takes half of the limit, or 256 MiB if that is more. What the operator sets stands.
 */
function heapFlags() {
  const limit = constrainedMemory();
  const given = [...execArgv, env.NODE_OPTIONS].some((each) => /--max[-_](?:old[-_]space|heap)[-_]size/.test(each));
  if (given || !limit || limit >= totalmem()) return [];
  const hashed = hashes * (Number(env.PASSWORD_ARGON2_MEMORY_KIB) || 19_456) * 1024;
  const heap = Math.max(LEAST_HEAP, limit - hashed - BESIDE_HEAP);
  return [`--max-old-space-size=${Math.floor(heap / MIB)}`];
}
