import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from '@platform/testing';
import { Problem } from './problem.js';

interface Holder {
  pid: number;
  /** When that process started: after a crash or a reboot the number may belong to another one. */
  started: string;
}

/**
 * Makes this the only launcher of the folder; what a crashed one left is taken over.
 * @returns what gives the place free again
 * @throws Problem naming the process that runs already
 */
export function takeLauncherLock(path: string): () => void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    if (!link(draft, path)) replaceStale(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function replaceStale(draft: string, path: string): void {
  const holder = read(path);
  if (!holder || !runs(holder)) rmSync(path, { force: true });
  // Lost to another start at the same moment, if it is there again.
  if (link(draft, path)) return;
  const pid = read(path)?.pid ?? holder?.pid;
  throw new Problem(
    `The service runs in this folder already (process ${pid}). Stop that one first, or use its .data/dev.json.`,
  );
}

function runs({ pid, started }: Holder): boolean {
  return isAlive(pid) && startOf(pid) === started;
}

/** A hard link appears whole or not at all, so that nobody reads half a lock. */
function link(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** In the kernel's ticks, as bootstrap/lock.mjs reads it too; empty where /proc does not tell. */
function startOf(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    );
  } catch {
    return '';
  }
}
