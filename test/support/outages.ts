import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { guardPath, releasePath } from '@platform/testing';
import type { Answer } from './client.js';

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
  for (const child of children) process.kill(child, 'SIGKILL');
}

/** Lets it go on where it was. */
export function thaw(pid: number): void {
  for (const child of childrenOf(pid)) process.kill(child, 'SIGCONT');
  process.kill(pid, 'SIGCONT');
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** An answer, and how long it took in milliseconds. */
async function timed(call: Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const startedAt = performance.now();
  const answer = await call;
  return { answer, ms: performance.now() - startedAt };
}

/** "Within a second", and half of one more for a machine that does other things as well. */
export async function expectSoon(call: Promise<Answer>, status: number): Promise<Answer> {
  const { answer, ms } = await timed(call);
  expect(answer.status).toBe(status);
  expect(ms).toBeLessThan(1500);
  return answer;
}
