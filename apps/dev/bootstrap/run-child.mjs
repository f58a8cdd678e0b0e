import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
 * the shell between us. Nobody else is watched: above npm is the user's own shell, which may go (`npm start &`).
 */
function watchNpm(onEnd) {
  const [first] = ANCESTORS.filter((ancestor) => isNpm(ancestor()));
  // Without /proc, the parent is npm or its shell.
  const ancestor = first ?? (existsSync('/proc/self/stat') ? undefined : ANCESTORS[0]);
  if (!process.env.npm_lifecycle_event || !ancestor) return undefined;
  const npm = ancestor();
  const timer = setInterval(() => {
    if (ancestor() === npm) return;
    clearInterval(timer);
    onEnd();
  }, 500);
  return timer;
}

const ANCESTORS = [() => String(process.ppid), () => parentOf(process.ppid)];

/** npm calls itself `npm start`; others run as `node /path/to/pnpm.cjs`. A shell's `-c npm start` is not one. */
function isNpm(pid) {
  try {
    const [program, script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return /^(p?npm|yarn)\b/.test(program) || /\/(p?npm|yarn)[^/]*$/.test(script);
  } catch {
    return false;
  }
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
