import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { type KeepingStream, onceATurn } from './standard-output.js';

let writes: string[];
let output: KeepingStream;

beforeEach(() => {
  writes = [];
  output = onceATurn({ write: (lines) => void writes.push(lines) });
});

it('writes the lines of a turn at its end, in order and at once', async () => {
  output.write('a\n');
  await Promise.resolve();
  output.write('b\n');
  expect(writes).toEqual([]);
  await setImmediate();
  expect(writes).toEqual(['a\nb\n']);
  output.write('c\n');
  await setImmediate();
  expect(writes).toEqual(['a\nb\n', 'c\n']);
});

it('writes at once what cannot wait, such as the last words of a process', async () => {
  output.write('a\n');
  output.flushSync();
  expect(writes).toEqual(['a\n']);
  await setImmediate();
  expect(writes).toEqual(['a\n']);
});

it('keeps no more than a few lines of a turn that never ends', () => {
  const line = `${'x'.repeat(999)}\n`;
  for (let count = 0; count < 100; count += 1) output.write(line);
  expect(writes.length).toBeGreaterThan(5);
  output.flushSync();
  expect(writes.join('')).toBe(line.repeat(100));
});
