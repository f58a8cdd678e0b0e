import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { isExecutable } from '@platform/testing';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/**
 * The path of a Chromium: one on PATH, else one that apt installs when this process is root on Debian or Ubuntu.
 * @throws Error that says how to get one
 */
export function findOrInstallChromium(): string {
  const found = onPath() ?? (process.getuid?.() === 0 ? install() : undefined);
  if (found !== undefined) return found;
  throw new Error(
    `No browser: none of ${NAMES.join(', ')} is on PATH. Install one (as root: apt-get install chromium) and run this again.`,
  );
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** The index of packages is fetched only when the first try shows that it is missing or old. */
function install(): string | undefined {
  const packages = ['install', '-y', '--no-install-recommends', 'chromium'];
  for (const commands of [[packages], [['update'], packages]]) {
    const done = commands.every((args) => spawnSync('apt-get', args, { env: ENV, stdio: 'inherit' }).status === 0);
    if (done) return onPath();
  }
  return undefined;
}
