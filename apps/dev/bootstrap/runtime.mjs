import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Problem } from './problem.mjs';

const PINNED = 'node_modules/.bin/node';

/** Refuses, before anything is changed, what cannot work. */
export function checkMachine() {
  if (process.platform === 'win32')
    throw new Problem('Windows is not supported by itself: use WSL (Debian or Ubuntu).');
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Problem(`Node.js 20 or newer is needed to begin with, this is ${process.version}: https://nodejs.org`);
  }
}

/** The Node to run everything with: the pinned one that npm installed, else the current one if it is new enough. */
export function runtime() {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  const pinned = spawnSync(PINNED, ['--version'], { encoding: 'utf8' });
  if (pinned.status === 0 && satisfies(pinned.stdout.trim(), engines.node)) return PINNED;
  if (satisfies(process.version, engines.node)) return process.execPath;
  throw new Problem(
    `Node ${engines.node} is needed, this is ${process.version}, and the pinned Node does not run on ` +
      `${process.platform}-${process.arch}. Install Node 24 (https://nodejs.org) and run the command again.`,
  );
}

/** Understands what package.json says: `>=a.b.c <d`. */
function satisfies(version, range) {
  const [, minimum, ceiling] = /^>=(\d+\.\d+\.\d+) <(\d+)$/.exec(range);
  const numbers = (text) => text.replace(/^v/, '').split('.').map(Number);
  const [actual, least] = [numbers(version), numbers(minimum)];
  const differs = actual.findIndex((part, index) => part !== least[index]);
  return (differs === -1 || actual[differs] > least[differs]) && actual[0] < Number(ceiling);
}
