import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type * as Testing from '@platform/testing';
import { ROOT } from './root.ts';

/** A process of our own, in a group of its own: a terminal's Ctrl-C must reach the bench alone, which then tidies up. */
export interface Child {
  pid: number;
  /** Sends an order and waits for the answer; for scripts of `children/`. */
  ask<Answer>(order: object): Promise<Answer>;
  stop(): Promise<void>;
}

interface ChildOptions {
  env: Record<string, string>;
  ipc?: boolean;
  /** An open file for what it prints; closed here. */
  log?: number;
}

/** Starts the Node that runs this. The guardian ends the child should this process vanish. */
export function startChild(
  testing: Pick<typeof Testing, 'guardProcess' | 'releaseProcess'>,
  args: string[],
  { env, ipc = false, log }: ChildOptions,
): Child {
  const output = log ?? 'inherit';
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
    stdio: ['ignore', output, output, ...(ipc ? ['ipc' as const] : [])],
  });
  if (log !== undefined) closeSync(log);
  const pid = child.pid ?? 0;
  testing.guardProcess(pid, 'SIGTERM', 0);
  const exited = once(child, 'exit').finally(() => testing.releaseProcess(pid));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ended = exited.then(([code, signal]) =>
    Promise.reject(new Error(`${args.at(-1)} ended unexpectedly (${String(code ?? signal)})`)),
  );
  ended.catch(() => undefined);
  return {
    pid,
    async ask<Answer>(order: object) {
      child.send(order);
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as [{ error?: string; value: Answer }];
      if (answer.error) throw new Error(answer.error);
      return answer.value;
    },
    async stop() {
      if (!isRunning()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Runs one of the built commands. @throws Error with what it said when it fails */
export async function runToEnd(
  entry: string,
  args: string[],
  { env, input = '' }: { env: Record<string, string>; input?: string },
): Promise<void> {
  const child = spawn(process.execPath, [entry, ...args], { cwd: ROOT, env, stdio: 'pipe' });
  child.stdin.end(input);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} failed:\n${output}`);
}
