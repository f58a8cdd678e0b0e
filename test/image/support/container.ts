import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { guardProcess, poll, releaseProcess } from '@platform/testing';
import type { Image } from './image.js';

const GUARD_STAGE = 1;
/** Where a container finds the folder of its secrets. */
export const SECRETS = '/run/identity';

/** As a runtime prepares a container: mounts of its own, the root read-only, no way to more rights, the first process. */
const CONTAIN = `
set -e
root=$1 secrets=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=1m tmpfs "$root/run"
mkdir "$root${SECRETS}"
mount --bind "$secrets" "$root${SECRETS}"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid \
  chroot --userspec="$user" --groups="\${user#*:}" "$root" "$@"`;

/** What a process came to: a code, or 128 and more for a signal, as shells tell it. */
export interface Outcome {
  code: number | null;
  output: string;
}

/** What is started in a container. */
export interface Order {
  image: Image;
  /** Host's folder with the secrets, which the user of the image may read. */
  secrets: string;
  env: Record<string, string>;
  /** Instead of the entrypoint. */
  command?: string[];
}

/** A container of the image: a root of its own, read-only, the user of the image, process id 1. */
export interface Container {
  ended: Promise<Outcome>;
  output(): string;
  /** Runs a command inside, as `kubectl exec` does. */
  exec(command: string[]): Promise<Outcome>;
  /** Signals the first process, as a runtime does. */
  signal(name: NodeJS.Signals): Promise<void>;
}

/** Starts the image on the host's network. It takes root. */
export function startContainer(order: Order): Container {
  const { image, secrets, command = image.config.Entrypoint } = order;
  const inside = [image.root, secrets, image.config.User, ...environment(order), ...command];
  const args = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', 'sh', '-c', CONTAIN, 'contain', ...inside];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid ?? 0;
  guardProcess(pid, 'SIGKILL', GUARD_STAGE);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const ended = endOf(child).then((code) => {
    releaseProcess(pid);
    return { code, output: text };
  });
  return {
    ended,
    output: () => text,
    exec: async (inner) => enter(await firstProcess(pid), image, [...environment(order), ...inner]),
    signal: async (name) => void process.kill(await firstProcess(pid), name),
  };
}

/** Runs the image, or a command in a fresh container of it, to its end. */
export function runContainer(order: Order): Promise<Outcome> {
  return startContainer(order).ended;
}

/** Its own variables and nothing of the host's. */
function environment({ image, env }: Order): string[] {
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['/usr/bin/env', '-i', '-C', image.config.WorkingDir, ...image.config.Env, ...given];
}

/** The child of `unshare`, by the host's numbers. */
function firstProcess(pid: number): Promise<number> {
  return poll('the first process', 5, async () => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return Number(children) || undefined;
  });
}

function enter(pid: number, image: Image, command: string[]): Promise<Outcome> {
  const [user = '', group = ''] = image.config.User.split(':');
  const args = ['--target', String(pid), '--mount', '--pid', '--root', '--setuid', user, '--setgid', group, '--'];
  return new Promise((resolve) => {
    const child = execFile('nsenter', [...args, ...command], (_error, out, err) =>
      resolve({ code: child.exitCode, output: out + err }),
    );
  });
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}
