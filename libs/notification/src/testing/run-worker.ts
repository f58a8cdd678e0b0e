import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { guardProcess, projectRoot } from '@platform/testing';
import type { NotificationOptions } from './start-notification.js';

/** Vite reads the sources as Vitest does: aliases, decorators. */
const SCRIPT = `
  import 'reflect-metadata';
  import { runnerImport } from 'vite';
  const [file, options] = process.argv.slice(1);
  const config = { configFile: false, logLevel: 'error', resolve: { tsconfigPaths: true } };
  const { module } = await runnerImport(file, config);
  await module.startNotification(JSON.parse(options));`;

/** Starts a worker in a process of its own, which a test may kill. */
export function runWorker(options: NotificationOptions) {
  const file = fileURLToPath(new URL('./start-notification.ts', import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, file, JSON.stringify(options)], {
    cwd: projectRoot(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (child.pid !== undefined) guardProcess(child.pid, 'SIGKILL', 1);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
