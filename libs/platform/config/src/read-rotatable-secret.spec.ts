import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRotatableSecret } from './read-rotatable-secret.js';

const [NEW, OLD] = [randomBytes(32), randomBytes(32)];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-rotatable-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(...lines: string[]): string {
  const path = join(folder, 'secret');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

it('reads one secret, or the new and the old one, and what an older service had', () => {
  const [first, second] = [NEW.toString('base64'), OLD.toString('base64')];
  expect(readRotatableSecret(file(first))).toEqual({ current: NEW });
  expect(readRotatableSecret(file(first, second))).toEqual({ current: NEW, previous: OLD });
  expect(readRotatableSecret(file(first, 'legacy:s3cret of old '))).toEqual({ current: NEW, legacy: 's3cret of old ' });
});

it.each([
  ['nothing', [], /must hold base64/],
  ['an old secret alone', ['legacy:only'], /must hold base64/],
  ['three secrets', [NEW, OLD, NEW].map((each) => each.toString('base64')), /at most two/],
  ['a short one', [NEW.toString('base64'), 'c2hvcnQ='], /at least 32 bytes/],
])('refuses %s, by the name of the file alone', (_what, lines, reason) => {
  const path = file(...lines);
  expect(() => readRotatableSecret(path)).toThrow(reason);
  expect(() => readRotatableSecret(path)).toThrow(path);
});
