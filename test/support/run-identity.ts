import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '@platform/testing';

/** What a run of the operator's command came to. */
export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the built `identity` command in `env` and nothing else. */
export async function runIdentity(env: Record<string, string>, args: string[], input = ''): Promise<CommandResult> {
  const main = join(projectRoot(), 'dist/apps/cli/apps/cli/src/main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
  child.stdin.end(input);
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return { code, out, err };
}
