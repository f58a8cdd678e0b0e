import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from '@platform/testing';

export interface Fuzzed {
  /** 0 without a finding. */
  code: number | null;
  /** Requests that were made up, without the ones that sign in. */
  cases: number;
  output: string;
}

/**
 * Runs Schemathesis, which `.ci/tools/install` puts on PATH.
 * @param document a file, or the address of the document
 * @param env what test/fuzz/hooks.py reads
 */
export async function schemathesis(document: string, env: Record<string, string>, ...args: string[]): Promise<Fuzzed> {
  const root = join(projectRoot(), 'test/fuzz');
  const folder = mkdtempSync(join(tmpdir(), 'nx-fuzz-')); // it keeps what it found where it runs
  const all = ['--config-file', join(root, 'schemathesis.toml'), 'run', document, ...args];
  const child = spawn('schemathesis', all, {
    cwd: folder,
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', SCHEMATHESIS_HOOKS: join(root, 'hooks.py'), ...env },
  });
  try {
    const ended = once(child, 'close') as Promise<[number | null]>;
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, output: out + err, cases: Number(/(\d+) generated/.exec(out)?.[1] ?? 0) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
