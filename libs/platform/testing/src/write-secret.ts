import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a secret of the right form into `folder`. @returns its path */
export function writeSecret(folder: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600 });
  return path;
}
