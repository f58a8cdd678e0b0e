import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { json, text } from 'node:stream/consumers';

/** What a program was called with. */
export interface Call {
  program: string;
  args: string[];
  input: string;
  cwd: string;
}

/** What came of it. */
export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** A shell whose variables stay from block to block, and in which the test answers for some programs. */
export interface Shell {
  variables: Record<string, string>;
  /** Runs a block as it is printed; any failing command ends it. */
  run(block: string): Promise<Outcome>;
  stop(): Promise<void>;
}

const OPTIONS = ['-a', '-eu', '-o', 'pipefail'];

/**
 * @param folder of its own, for its programs and as working directory
 * @param programs names for which `answer` speaks; it fails a call by throwing
 */
export async function startShell(
  folder: string,
  programs: string[],
  answer: (call: Call) => Promise<Outcome>,
): Promise<Shell> {
  const [bin, work, socket] = [join(folder, 'bin'), join(folder, 'work'), join(folder, 'calls.sock')];
  const saved = join(folder, 'variables');
  mkdirSync(bin, { recursive: true });
  mkdirSync(work);
  for (const program of programs) {
    const shim = [process.execPath, join(import.meta.dirname, 'shim.mjs'), program, socket];
    writeFileSync(join(bin, program), `#!/bin/sh\nexec ${shim.map((part) => `'${part}'`).join(' ')} "$@"\n`);
    chmodSync(join(bin, program), 0o755);
  }
  writeFileSync(join(folder, 'psqlrc'), '\\set ON_ERROR_STOP on\n');
  const server = createServer((request, response) => {
    void (async () => {
      const call = (await json(request)) as Call;
      const outcome = await answer(call).catch((error: unknown) => ({
        code: 1,
        out: '',
        err: `${call.program} ${call.args.join(' ')}: ${error instanceof Error ? error.message : String(error)}\n`,
      }));
      response.end(JSON.stringify(outcome));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(socket, resolve));
  const variables: Record<string, string> = {
    PATH: [bin, process.env['PATH']].join(delimiter),
    HOME: work,
    USER: 'operator',
    PSQLRC: join(folder, 'psqlrc'),
  };
  const shell: Shell = {
    variables,
    run: async (block) => {
      const outcome = await runProcess('bash', [...OPTIONS, '-c', `trap 'env -0 >"${saved}"' EXIT\n${block}`], {
        cwd: work,
        env: shell.variables,
      });
      const kept = readFileSync(saved, 'utf8').split('\0').filter(Boolean);
      shell.variables = Object.fromEntries(kept.map((line) => /^(\w+)=([\s\S]*)$/.exec(line)?.slice(1) ?? ['_', '']));
      return outcome;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return shell;
}

/** Runs a program to its end. */
export async function runProcess(
  command: string,
  args: string[],
  { cwd, env, input = '' }: { cwd: string; env: Record<string, string>; input?: string },
): Promise<Outcome> {
  const child = spawn(command, args, { cwd, env });
  child.stdin.on('error', () => undefined); // it need not read what it is given
  child.stdin.end(input);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 1));
    }),
  ]);
  return { code, out, err };
}
