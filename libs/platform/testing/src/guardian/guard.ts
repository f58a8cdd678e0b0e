import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GuardianOrder } from './guardian.js';

const SCRIPT = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './guardian.ts' : './guardian.js', import.meta.url),
);

let guardian: ChildProcess | undefined;

function tell(order: GuardianOrder): void {
  guardian ??= summon();
  guardian.stdin?.write(`${JSON.stringify(order)}\n`);
}

/** One guardian a process, in a session of its own, so that a terminal's Ctrl-C does not reach it. */
function summon(): ChildProcess {
  const child = spawn(process.execPath, [SCRIPT], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  // The pipe must close with this process, not keep it running.
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}

/**
 * Has a process ended should this one vanish without stopping it.
 * @param signal what asks that process to end; SIGKILL follows after 15 s
 * @param stage lower stages are ended first: what uses a server goes before the server
 */
export function guardProcess(pid: number, signal: NodeJS.Signals, stage: number): void {
  tell({ do: 'watch', pid, signal, stage });
}

/** Forgets a process that has ended, so that its number can be used again by another one. */
export function releaseProcess(pid: number): void {
  tell({ do: 'release', pid });
}

/** Has a file or directory removed once this process has ended. */
export function guardPath(path: string): void {
  tell({ do: 'remove', path });
}

/** Forgets a path that is removed already. */
export function releasePath(path: string): void {
  tell({ do: 'keep', path });
}
