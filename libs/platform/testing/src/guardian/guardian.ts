import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What the guardian is told, one JSON object a line. `stage` orders the end: lower stages go first. */
export type GuardianOrder =
  | { do: 'watch'; pid: number; signal: NodeJS.Signals; stage: number }
  | { do: 'release'; pid: number }
  | { do: 'remove'; path: string }
  | { do: 'keep'; path: string };

type Watched = Extract<GuardianOrder, { do: 'watch' }>;

/** Whether a process still runs. A zombie does not: in a container without an init it may never be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    // No /proc (macOS): the signal above is the answer. With /proc, the process ended between the two questions.
    return process.platform !== 'linux';
  }
}

/**
 * Ends what its starter could not: it reads orders from a pipe, and the pipe's end means that the starter is gone,
 * however it went (SIGKILL leaves no other trace). Runs alone with nothing but Node, so that it outlives everything.
 */
async function guard(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const watched = new Map<number, Watched>();
  const paths = new Set<string>();
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as GuardianOrder;
    if (order.do === 'watch') watched.set(order.pid, order);
    else if (order.do === 'release') watched.delete(order.pid);
    else if (order.do === 'remove') paths.add(order.path);
    else paths.delete(order.path);
  }
  // A file says that something runs, and the next start writes it anew: it goes before that. A folder is in use still.
  const folders = [...paths].filter((path) => isFolder(path));
  for (const path of paths) if (!folders.includes(path)) rmSync(path, { force: true });
  for (const stage of [...new Set([...watched.values()].map((each) => each.stage))].sort((a, b) => a - b)) {
    await end([...watched.values()].filter((each) => each.stage === stage));
  }
  for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function end(group: Watched[]): Promise<void> {
  for (const { pid, signal } of group) send(pid, signal);
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline && group.some(({ pid }) => isAlive(pid))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Each watched process leads its own group, so this reaches what it has forked too.
  for (const { pid } of group) if (isAlive(pid)) send(-pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

if (import.meta.main) await guard();
