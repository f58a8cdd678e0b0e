import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { poll } from '../poll.js';
import { isAlive } from './guardian.js';

const GUARDIAN = fileURLToPath(new URL('./guardian.ts', import.meta.url));

/** Starts a process that starts a guardian and two guarded processes, prints their numbers and waits. */
function starter(folder: string) {
  const script = `
    const { spawn } = require('node:child_process');
    const guardian = spawn(process.execPath, [${JSON.stringify(GUARDIAN)}], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    const guarded = ['SIGTERM', 'SIGINT'].map((signal, stage) => {
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      guardian.stdin.write(JSON.stringify({ do: 'watch', pid: child.pid, signal, stage }) + '\\n');
      return child.pid;
    });
    guardian.stdin.write(JSON.stringify({ do: 'remove', path: ${JSON.stringify(folder)} }) + '\\n', () =>
      console.log(JSON.stringify([guardian.pid, ...guarded])));
    setInterval(() => undefined, 1000);`;
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

it('ends what it guards, removes the folder and goes, when its starter is killed without warning', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-guard-'));
  writeFileSync(join(folder, 'file'), '');
  const child = starter(folder);
  const [line] = (await child.stdout.take(1).toArray()) as [Buffer];
  const pids = JSON.parse(line.toString()) as number[];
  expect(pids.every(isAlive)).toBe(true);
  child.kill('SIGKILL');
  await poll('The end of all', 10, () => (pids.some(isAlive) ? undefined : true));
  expect(existsSync(folder)).toBe(false);
});
