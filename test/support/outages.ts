import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { guardPath, releasePath } from '@platform/testing';
import type { Answer } from './client.js';
import { atOnce, tally } from './races.js';
import { upToThree } from './retries.js';

/** "Within a second", and half of one more for a machine that does other things as well. */
const SOON_MS = 1500;
/** However busy the machine is. */
const NEVER_MS = 5000;

/** A folder for servers of a test's own. PostgreSQL runs as another user when this process is root, so it may pass. */
export function serverFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'nx-identity-own-'));
  chmodSync(path, 0o711);
  guardPath(path);
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      releasePath(path);
    },
  };
}

/** Freezes a process and its children as a stalled disk or a paused machine does: connections stay open, nothing answers. */
export function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP'); // the parent first, so that it starts no more
  for (const child of childrenOf(pid)) process.kill(child, 'SIGSTOP');
}

/** Ends a process and its children on the spot: left alone, these may answer for a moment after their parent has died. */
export function killWithChildren(pid: number): void {
  const children = childrenOf(pid);
  process.kill(pid, 'SIGKILL'); // first, so that it starts no more
  for (const child of children) {
    try {
      process.kill(child, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ended with its parent
    }
  }
}

/** Lets it go on where it was. */
export function thaw(pid: number): void {
  for (const child of childrenOf(pid)) process.kill(child, 'SIGCONT');
  process.kill(pid, 'SIGCONT');
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Calls, each answered with this status, and soon in one of up to three tries. */
export async function expectSoon(call: () => Promise<Answer>, status: number): Promise<Answer> {
  const [answer] = await expectAllSoon(1, call, status);
  return answer!;
}

/** The same of so many calls at once. */
export async function expectAllSoon(
  times: number,
  call: (index: number) => Promise<Answer>,
  status: number,
): Promise<Answer[]> {
  const measure = async () => {
    const startedAt = performance.now();
    const answers = await atOnce(times, call);
    const ms = performance.now() - startedAt;
    expect(tally(answers)).toEqual({ [status]: times });
    expect(ms).toBeLessThan(NEVER_MS);
    return { answers, ms };
  };
  const { answers, ms } = await upToThree(measure, (measured) => measured.ms < SOON_MS);
  expect(ms).toBeLessThan(SOON_MS);
  return answers;
}
