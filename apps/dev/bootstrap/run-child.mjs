import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command to its end and hands signals on to it.
 * @param options `env` beside this process's own; `ipc` opens a channel, whose end tells the child that we are gone
 * @returns its exit code, as a shell counts it
 */
export async function runChild(command, args, { env = {}, ipc = false } = {}) {
  const stdio = ipc ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(command, args, { stdio, env: { ...process.env, ...env } });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const watch = watchNpm(() => child.kill('SIGTERM'));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/**
 * npm that is killed hands no signal on. Its end shows in who our ancestors are: npm is our parent, or the parent of
 * the shell between us.
 */
function watchNpm(onEnd) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const first = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === first) return;
    clearInterval(timer);
    onEnd();
  }, 500);
  return timer;
}

/** Empty where /proc does not tell. */
function parentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[1];
  } catch {
    return '';
  }
}
