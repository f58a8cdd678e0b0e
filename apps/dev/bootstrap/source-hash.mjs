import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED = ['package-lock.json', 'tsconfig.base.json', 'nest-cli.json'];
const IGNORED = /\.(spec|int|test)\.ts$/;
/** What a published library was compiled to is in no app. */
const COMPILED = /^libs\/[^/]+\/dist(\/|$)/;

/** A fingerprint of all that goes into an app: its own folder, the libraries, the versions and the compiler's settings. */
export function sourceHash(app) {
  const hash = createHash('sha256');
  const files = [...SHARED, `apps/${app}/tsconfig.app.json`, ...walk(`apps/${app}/src`), ...walk('libs')];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !IGNORED.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !COMPILED.test(path))
    .sort();
}
