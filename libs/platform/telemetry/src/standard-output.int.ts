import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onceATurn, writesTo } from './standard-output.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('outlives whoever reads it: lines to a closed pipe are lost, and nothing waits or fails for them', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const output = onceATurn(writesTo(writer));
  output.write('heard\n');
  await setImmediate();
  const heard = Buffer.alloc(100);
  expect(heard.toString('utf8', 0, readSync(reader, heard))).toBe('heard\n');
  closeSync(reader);
  for (let turn = 0; turn < 3; turn += 1) {
    output.write('lost\n');
    await setImmediate();
    output.flushSync();
  }
  closeSync(writer);
});

it('writes all of a text that is larger than one write', async () => {
  const path = join(folder, 'file');
  const descriptor = openSync(path, 'w');
  const output = onceATurn(writesTo(descriptor));
  const line = `${'ä'.repeat(50_000)}\n`;
  output.write(line);
  output.write('end\n');
  await setImmediate();
  closeSync(descriptor);
  expect(readFileSync(path, 'utf8')).toBe(`${line}end\n`);
});
