import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeLauncherLock } from './launcher-lock.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-identity-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('lets one launcher in, names it to the next one, and leaves nothing behind', () => {
  const path = join(folder, 'lock');
  const release = takeLauncherLock(path);
  expect(() => takeLauncherLock(path)).toThrow(`process ${process.pid}`);
  release();
  takeLauncherLock(path)();
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ['a process that is gone', JSON.stringify({ pid: 2 ** 30, started: '1' })],
  ['a number that another process has by now', JSON.stringify({ pid: process.pid, started: '1' })],
  ['half a file', '{"pid"'],
])('takes over a lock that was left by a crash: %s', (_case, content) => {
  const path = join(folder, 'lock');
  writeFileSync(path, content);
  expect(() => takeLauncherLock(path)).not.toThrow();
});
