import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { guardProcess, releaseProcess } from './guardian/guard.js';
import { isAlive } from './guardian/guardian.js';
import { poll } from './poll.js';

/** A server process that this one started and that never outlives it. */
export interface ServerProcess {
  pid: number;
  /** Settles when the process has ended, whoever ended it. */
  exited: Promise<void>;
  isRunning: () => boolean;
  /** Ends it in good order and waits; harmless when it has ended already. */
  stop: () => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
}

export interface ServerCommand {
  command: string;
  args: string[];
  /** Its standard output and error. */
  logFile: string;
  /** What asks it to end in good order. */
  stopSignal: NodeJS.Signals;
  options?: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;
}

/** What uses a database ends in an earlier stage. */
const SERVER_STAGE = 10;

/** Starts a server in a process group of its own (a terminal's Ctrl-C must not stop a database before its clients). */
export function spawnServer({ command, args, logFile, stopSignal, options }: ServerCommand): ServerProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const exited = ended(child);
  const { pid } = child;
  if (pid === undefined) return neverStarted(exited);
  guardProcess(pid, stopSignal, SERVER_STAGE);
  void exited.then(() => releaseProcess(pid));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    exited,
    isRunning,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      if (!isRunning()) return exited;
      child.kill(stopSignal);
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      child.ref();
      await exited;
      clearTimeout(timer);
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

function neverStarted(exited: Promise<void>): ServerProcess {
  return { pid: 0, exited, isRunning: () => false, stop: () => exited, kill: () => undefined };
}

/** The last lines of a log, for a message; nothing when there is none. */
export function lastLines(logFile: string, count = 15): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

/**
 * Ends a server that a crash left behind in a data directory and removes its pid file, so that two never write to
 * the same data. A process that merely inherited the number is left alone: servers work in their data directory.
 */
export async function stopOrphan(pidFile: string, directory: string): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  if (isAlive(pid) && worksIn(pid, directory)) {
    process.kill(pid, 'SIGINT');
    await poll(`The end of process ${pid}, left by an earlier run`, 20, () => (isAlive(pid) ? undefined : true));
  }
  rmSync(pidFile, { force: true });
}

/** The process number in the first line of a pid file. */
export function readPid(pidFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile, 'latin1'), 10) || undefined;
  } catch {
    return undefined;
  }
}

function worksIn(pid: number, directory: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory);
  } catch {
    return process.platform === 'darwin';
  }
}
