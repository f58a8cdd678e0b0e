import { spawn } from 'node:child_process';
import { guardProcess, lastLines, poll, releaseProcess } from '@platform/testing';
import { closeSync, openSync } from 'node:fs';

/** Ends after the processes of the service, should the test vanish. */
const GUARD_STAGE = 5;

/** A program of the monitoring that runs beside the test. */
export interface Tool {
  origin: string;
  stop(): Promise<void>;
}

/**
 * Starts a program that is on the PATH and waits until it says that it is ready.
 * @param readyPath what answers 200 then
 * @throws Error with the last lines of its log
 */
export async function runTool(
  command: string,
  args: string[],
  { port, readyPath, logFile }: { port: number; readyPath: string; logFile: string },
): Promise<Tool> {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => resolve(void (failure = error)));
  });
  const { pid } = child;
  if (pid !== undefined) guardProcess(pid, 'SIGTERM', GUARD_STAGE);
  void ended.then(() => pid !== undefined && releaseProcess(pid));
  const origin = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  await poll(`the start of ${command}`, 30, async () => {
    if (failure) throw failure;
    if (child.exitCode !== null) throw new Error(`${command} ended:\n${lastLines(logFile)}`);
    const answer = await fetch(`${origin}${readyPath}`).catch(() => undefined);
    return answer?.status === 200 || undefined;
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { origin, stop };
}
