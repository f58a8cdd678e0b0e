import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The version in our package.json, looked for from `folder` upwards: sources and built files lie at different depths.
 * @throws Error when there is none
 */
export function packageVersion(folder: string): string {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  if (dirname(folder) === folder) throw new Error('there is no package.json above this file');
  return packageVersion(dirname(folder));
}
