import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

/**
 * Installs a peer of `peers/`, which has a lock file of its own.
 * @returns whether it is there now; why not was said
 */
export function installPeer(name: string): boolean {
  const folder = join(ROOT, 'test/bench/peers', name);
  if (existsSync(join(folder, 'node_modules'))) return true;
  console.log(`  installing ${name} …`);
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], options);
  if (status !== 0) console.log(`  ${name} could not be installed: its row is left out`);
  return status === 0;
}
