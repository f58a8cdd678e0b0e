import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { guardProcess, releaseProcess } from '@platform/testing';
import { Problem, Stopped } from './problem.js';

/** Migrations on a slow machine take seconds; a command that takes this long hangs. */
const LIMIT_MS = 60_000;

/** Runs the `identity` command. */
export type Operator = (args: string[], stdin?: string) => Promise<unknown>;

/**
 * The built operator's command with an environment.
 * @param signal ends a command that runs
 * @returns a function that runs one command and returns what it printed as JSON, if it did
 */
export function operator(entry: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Operator {
  return async (args, stdin = '') => {
    const limit = AbortSignal.timeout(LIMIT_MS);
    const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
      env,
      detached: true,
      signal: AbortSignal.any([signal, limit]),
    });
    const pid = child.pid ?? 0;
    guardProcess(pid, 'SIGTERM', 0);
    const code = new Promise<number | null>((resolve) =>
      child.once('close', resolve).once('error', () => resolve(null)),
    );
    child.stdin.on('error', () => undefined).end(stdin);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const exit = await code;
    releaseProcess(pid);
    if (signal.aborted) throw new Stopped();
    const said = `:\n${(errors || output).trim()}`;
    const command = `\`identity ${args.join(' ')}\``;
    if (limit.aborted) throw new Problem(`${command} did not end within ${LIMIT_MS / 1000} s${said}`);
    if (exit !== 0) throw new Problem(`${command} failed${said}`);
    return output.trim().startsWith('{') ? (JSON.parse(output) as unknown) : undefined;
  };
}
