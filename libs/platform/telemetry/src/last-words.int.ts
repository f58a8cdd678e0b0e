import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { projectRoot } from '@platform/testing';

/** Vite reads the sources as Vitest does. */
const SCRIPT = `
  import { runnerImport } from 'vite';
  const [file, way] = process.argv.slice(1);
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error', resolve: { tsconfigPaths: true } });
  module.logUncaughtErrors('worker');
  const error = Object.assign(new Error('unheard of'), { password: 'not for the log' });
  setImmediate(() => { if (way === 'thrown') throw error; void Promise.reject(error); });
  setInterval(() => undefined, 1000);`;

/** How a process ends in which an error is thrown, or a promise rejected. */
function end(way: string): Promise<{ code: number | null; line: unknown }> {
  const file = fileURLToPath(new URL('last-words.ts', import.meta.url));
  const words = ['--input-type=module', '-e', SCRIPT, file, way];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, words, { cwd: projectRoot() }, (_error, stdout) => {
      resolve({ code: child.exitCode, line: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') });
    });
  });
}

it('what is thrown or rejected and nobody catches is a line of the log, and ends the process [ASVS 16.5.4]', async () => {
  const ends = await Promise.all(['thrown', 'rejected'].map(end));
  const err = { message: 'unheard of', password: '[hidden]', stack: expect.stringContaining('Error: unheard of') };
  for (const [index, origin] of ['uncaughtException', 'unhandledRejection'].entries())
    expect(ends[index]).toMatchObject({ code: 1, line: { level: 'fatal', mode: 'worker', origin, err } });
});
