import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { exclusively } from './lock.mjs';
import { Problem, say } from './problem.mjs';

const HIDDEN = 'node_modules/.package-lock.json';
const STAMP = 'node_modules/.package-lock.sha256';

/** What the caller's npm is told otherwise (npm_config_*, .npmrc, production) would leave out a part or refuse. */
const WHOLE = [
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--ignore-scripts=false',
  '--engine-strict=false',
];

/** Runs `npm ci` when node_modules is missing or is not what package-lock.json says. */
export async function installDependencies() {
  if (isInstalled()) return;
  await exclusively(() => {
    if (isInstalled()) return;
    say('Installing dependencies (npm ci) …');
    const { status, error } = npm(['ci', ...WHOLE, '--no-audit', '--no-fund', '--loglevel=error']);
    if (error?.code === 'ENOENT') throw new Problem('npm is missing. Install Node.js 20 or newer with npm.');
    if (status !== 0) throw new Problem(`npm ci failed (exit ${status ?? error?.message}): see above.`);
    writeFileSync(STAMP, stamp());
  });
}

function isInstalled() {
  if (read(STAMP) === stamp()) return true;
  if (!matches()) return false;
  // Somebody ran npm by hand, and everything is there.
  writeFileSync(STAMP, stamp());
  return true;
}

/** Compares npm's own record of node_modules with the lockfile; what is optional may be missing on other machines. */
function matches() {
  const installed = JSON.parse(read(HIDDEN) ?? '{}').packages ?? {};
  const wanted = Object.entries(JSON.parse(read('package-lock.json') ?? '{}').packages ?? {});
  return (
    wanted.length > 0 &&
    wanted.every(([path, entry]) => {
      if (path === '') return true;
      const present = installed[path];
      return present ? present.version === entry.version : Boolean(entry.peer) || (entry.optional && !isForHere(entry));
    })
  );
}

/** Whether an optional package carries this platform's binaries: the pinned Node and PostgreSQL come as such ones. */
function isForHere({ os, cpu, libc }) {
  if (!os && !cpu) return false;
  const ours = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  return suits(os, process.platform) && suits(cpu, process.arch) && (process.platform !== 'linux' || suits(libc, ours));
}

/** As npm reads such a list: one that fits is enough, `!name` excludes. */
function suits(list, value) {
  const names = [list ?? []].flat();
  const positive = names.filter((name) => !name.startsWith('!'));
  return !names.includes(`!${value}`) && (positive.length === 0 || positive.includes(value));
}

/** Of the lockfile and of npm's own record, which every later `npm install --omit=…` writes anew. */
function stamp() {
  const text = read('package-lock.json');
  if (text === undefined) throw new Problem('package-lock.json is missing: is this a complete clone?');
  return createHash('sha256')
    .update(text)
    .update(read(HIDDEN) ?? '')
    .digest('hex');
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The npm that called this script, else the one on PATH. */
function npm(args) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('npm-cli.js') ? [process.execPath, [cli]] : ['npm', []];
  // NODE_ENV=production would leave out what builds and tests need. The output is no part of a command's own.
  const env = { ...process.env, NODE_ENV: '' };
  return spawnSync(command, [...first, ...args], { stdio: ['ignore', 2, 2], env });
}
