import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { type LineStream, onceATurn } from './standard-output.js';

let kept: string[];
let writes: string[][];
let output: LineStream;

beforeEach(() => {
  [kept, writes] = [[], []];
  output = onceATurn({
    write: (line) => void kept.push(line),
    flushSync: () => void writes.push(kept.splice(0)),
  });
});

it('writes the lines of a turn at its end, in order and at once', async () => {
  output.write('a');
  await Promise.resolve();
  output.write('b');
  expect(writes).toEqual([]);
  await setImmediate();
  expect(writes).toEqual([['a', 'b']]);
  output.write('c');
  await setImmediate();
  expect(writes).toEqual([['a', 'b'], ['c']]);
});

it('writes at once what cannot wait, such as the last words of a process', () => {
  output.write('a');
  output.flushSync();
  expect(writes).toEqual([['a']]);
});
