import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '@platform/testing';

/** Vite reads the sources as Vitest does: aliases, decorators. */
const SCRIPT = `
  import { runnerImport } from 'vite';
  const [file, name, args] = process.argv.slice(1);
  const config = { configFile: false, logLevel: 'error', resolve: { tsconfigPaths: true } };
  const { module } = await runnerImport(file, config);
  const result = await module[name](...JSON.parse(args));
  process.stdout.write('\\n' + JSON.stringify(result ?? null), () => process.exit());`;

/** A function that runs in a process of its own. */
export interface RunningProcess<T> {
  child: ChildProcess;
  /** What the function returned, once its process has ended; rejects with what the process said. */
  result: Promise<T>;
}

/**
 * Calls an exported function of a source file in a process of its own. Arguments and result travel as JSON.
 * @param file the source file
 */
export function runInProcess<T>(file: URL, name: string, ...args: unknown[]): RunningProcess<T> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', SCRIPT, fileURLToPath(file), name, JSON.stringify(args)],
    { cwd: projectRoot(), stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_ENV: 'test' } },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const result = Promise.all([text(child.stdout), text(child.stderr), ended]).then(([output, errors, code]) => {
    if (code !== 0) throw new Error(`the process ended with ${code}: ${errors}`);
    return JSON.parse(output.slice(output.lastIndexOf('\n'))) as T; // the lines before are the log's
  });
  result.catch(() => undefined); // a test that kills the process does not ask for its result
  return { child, result };
}
