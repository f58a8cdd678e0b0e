import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { exclusively } from './lock.mjs';
import { Problem, say } from './problem.mjs';
import { sourceHash } from './source-hash.mjs';

const APPS = ['api', 'worker', 'cli', 'dev'];
const AT_ONCE = 2;
const stampOf = (app) => `dist/.stamps/${app}`;
const entryOf = (app) => `dist/apps/${app}/apps/${app}/src/main.js`;

/** Builds every app whose sources changed since its last build. */
export async function build(node) {
  if (stale().length === 0) return;
  await exclusively(async () => {
    const apps = stale();
    if (apps.length === 0) return;
    const started = Date.now();
    say(`Building ${apps.join(', ')} …`);
    const queue = [...apps];
    const failures = [];
    const work = async () => {
      for (let app = queue.shift(); app && failures.length === 0; app = queue.shift()) {
        const output = await buildOne(node, app);
        if (output !== undefined) failures.push(`The build of ${app} failed:\n${output}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (failures.length > 0) throw new Problem(failures.join('\n'));
    say(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  });
}

function stale() {
  return APPS.filter((app) => existsSync(`apps/${app}/src/main.ts`)).filter(
    (app) => !existsSync(entryOf(app)) || read(stampOf(app)) !== sourceHash(app),
  );
}

/** @returns nothing on success, else what the compiler said */
async function buildOne(node, app) {
  // Taken before the compiler reads: a change made meanwhile is seen the next time.
  const hash = sourceHash(app);
  rmSync(stampOf(app), { force: true });
  const child = spawn(node, ['node_modules/@nestjs/cli/bin/nest.js', 'build', app], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.once('error', resolve).once('close', resolve));
  if (code !== 0 || !existsSync(entryOf(app))) return output.trim() || `exit ${code}, and no ${entryOf(app)}`;
  mkdirSync('dist/.stamps', { recursive: true });
  writeFileSync(stampOf(app), hash);
  return undefined;
}

function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
