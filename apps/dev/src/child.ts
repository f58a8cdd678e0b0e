import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { guardProcess, lastLines, releaseProcess } from '@platform/testing';
import { say } from './terminal.js';
import type { Running } from './stores.js';

/** Longer than the service's own drain: after it, the process is not coming to an end by itself. */
const DRAIN_MS = 30_000;

export interface Service extends Running {
  pid: number;
  isRunning(): boolean;
}

/**
 * Starts one of the built processes in a group of its own: a terminal's Ctrl-C must reach the launcher alone, which
 * then stops things in order. Its lines go to a log file, its errors to the terminal as well.
 */
export function startService(name: string, entry: string, env: NodeJS.ProcessEnv, logFile: string): Service {
  const child = spawn(process.execPath, [entry], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  keepLog(name, child, logFile);
  const pid = child.pid ?? 0;
  guardProcess(pid, 'SIGTERM', 0);
  void exited.then(() => releaseProcess(pid));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return { name, pid, exited, isRunning, stop: () => stop(child, exited), lastLines: () => lastLines(logFile) };
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
  await exited;
  clearTimeout(timer);
}

/** The log of the start before is kept as `.1`. */
function keepLog(name: string, child: ChildProcess, logFile: string): void {
  mkdirSync(dirname(logFile), { recursive: true });
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  const log = createWriteStream(logFile, { mode: 0o600 });
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue;
    createInterface({ input }).on('line', (line) => {
      log.write(`${line}\n`);
      const error = errorIn(line);
      if (error) say(`[${name}] ${error}`);
    });
  }
  child.once('close', () => log.end());
}

/** The message of a line that reports an error; a line that is not JSON comes from Node itself, so it is shown. */
function errorIn(line: string): string | undefined {
  if (!line.startsWith('{')) return line.trim() || undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: string; msg?: string; err?: { message?: string } };
    if (level !== 'error' && level !== 'fatal') return undefined;
    return [level, msg, err?.message === msg ? undefined : err?.message].filter(Boolean).join(': ');
  } catch {
    return line;
  }
}
