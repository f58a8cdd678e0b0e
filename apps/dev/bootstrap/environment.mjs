import { readFileSync } from 'node:fs';
import { isSameProcess } from './lock.mjs';
import { Problem } from './problem.mjs';

/**
 * The settings of the service that `npm start` runs in this folder, for the `identity` command beside it. What the
 * caller's environment sets itself comes first.
 */
export function environment(args) {
  const saved = isRunning() ? readJson('.data/env.json') : undefined;
  if (saved) return Object.fromEntries(Object.entries(saved).filter(([name]) => !process.env[name]));
  const needsNone = args.length === 0 || args.some((each) => ['--help', '-h', '--version'].includes(each));
  if (needsNone || process.env.DATABASE_URL || process.env.JWKS_DIR) return {};
  throw new Problem('The service does not run here. Run `npm start` in another terminal, or set DATABASE_URL.');
}

/** Whether `npm start` runs in this folder. Its lock names the process; a file alone may be left over from a crash. */
function isRunning() {
  const launcher = readJson('.data/launcher.lock');
  return launcher !== undefined && isSameProcess(launcher);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
