// What `npm start`, `npm test` and the other commands run first. It needs nothing but Node 20: no packages, no build.
import { build } from './bootstrap/build.mjs';
import { installDependencies } from './bootstrap/dependencies.mjs';
import { environment } from './bootstrap/environment.mjs';
import { fail, Problem } from './bootstrap/problem.mjs';
import { runChild } from './bootstrap/run-child.mjs';
import { checkMachine, runtime } from './bootstrap/runtime.mjs';
import { runTests } from './bootstrap/tests.mjs';

const CLI = 'dist/apps/cli/apps/cli/src/main.js';
const LAUNCHER = 'dist/apps/dev/apps/dev/src/main.js';

const commands = {
  build: async () => 0,
  start: (node, args) => runChild(node, ['--enable-source-maps', LAUNCHER, ...args], { ipc: true }),
  test: (node, args) => runTests(node, args),
  bench: (node, args) => runChild(node, ['test/bench/main.ts', ...args]),
  soak: (node, args) => runChild(node, ['test/bench/soak.ts', ...args]),
  identity: (node, args) => runChild(node, [CLI, ...args], { env: environment(args) }),
};

// Meant for the caller's own Node and folder: the pinned one may not know a flag, and every child would obey it.
for (const name of ['NODE_OPTIONS', 'NODE_PATH']) delete process.env[name];

async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (!command) throw new Problem(`Usage: node apps/dev/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`);
  checkMachine();
  await installDependencies();
  const node = runtime();
  await build(node);
  return command(node, args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
