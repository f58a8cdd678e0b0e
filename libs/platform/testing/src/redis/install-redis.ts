import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = 'redis-server';
const POLICY = '/usr/sbin/policy-rc.d';
const ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Installs Debian's package as root, without starting its system service: port 6379 is not ours to take. */
export function installAsRoot(): boolean {
  if (process.getuid?.() !== 0 || !run('apt-get', ['--version'])) return false;
  const policyIsOurs = !existsSync(POLICY);
  if (policyIsOurs) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', PACKAGE]);
    // Lists that are missing or too old name versions that the mirror no longer has.
    return (hasLists() && install()) || (run('apt-get', ['update']) && install());
  } finally {
    if (policyIsOurs) rmSync(POLICY, { force: true });
  }
}

/** Downloads Debian's packages and unpacks them into `folder`: needs no root and changes nothing else. */
export function unpackInto(folder: string): boolean {
  if (!run('apt-get', ['--version']) || !run('dpkg', ['--version'])) return false;
  const downloads = join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  const apt = hasLists() ? [] : ownLists(folder);
  const fetched = missingPackages(apt).every((name) => run('apt-get', [...apt, 'download', name], downloads));
  const files = readdirSync(downloads).filter((name) => name.endsWith('.deb'));
  const unpacked = files.every((name) => run('dpkg', ['-x', join(downloads, name), folder]));
  rmSync(downloads, { recursive: true, force: true });
  return fetched && files.length > 0 && unpacked;
}

/** Redis and those of its dependencies that this machine lacks, as apt itself works them out. */
function missingPackages(apt: string[]): string[] {
  const args = [...apt, 'install', '--print-uris', '-qq', '-y', '--no-install-recommends', PACKAGE];
  const { stdout, status } = spawnSync('apt-get', args, { env: ENV, encoding: 'utf8' });
  const names = [...(stdout ?? '').matchAll(/^'\S+' ([^_\s]+)_/gm)].flatMap((match) => match[1] ?? []);
  // An installed package is never printed: then its program was removed by hand, and these carry it.
  return status === 0 && names.length > 0 ? names : [PACKAGE, 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
}

/** apt keeps its lists below /var, which only root may write; these options give it a place of its own. */
function ownLists(folder: string): string[] {
  const state = join(folder, 'apt/state');
  const cache = join(folder, 'apt/cache');
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(cache, 'archives/partial'), { recursive: true });
  const options = ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${cache}`];
  run('apt-get', [...options, '-o', 'APT::Sandbox::User=', 'update']);
  return options;
}

/** Homebrew installs without starting a service. */
export function installWithBrew(): boolean {
  return process.platform === 'darwin' && run('brew', ['install', 'redis']);
}

function hasLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
}

function run(command: string, args: string[], cwd?: string): boolean {
  return spawnSync(command, args, { cwd, env: ENV, stdio: 'ignore', timeout: 180_000 }).status === 0;
}
