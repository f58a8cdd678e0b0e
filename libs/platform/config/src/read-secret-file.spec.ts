import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSecretFile } from './read-secret-file.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-secret-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(content: string): string {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  return path;
}

function messageOf(refused: () => unknown): string {
  try {
    return String(refused());
  } catch (error) {
    return (error as Error).message;
  }
}

it.each(['base64', 'base64url'] as const)('reads %s, with or without a line break', (encoding) => {
  const bytes = randomBytes(48);
  expect(readSecretFile(file(bytes.toString(encoding)))).toEqual(bytes);
  expect(readSecretFile(file(`${bytes.toString(encoding)}\n`))).toEqual(bytes);
});

it.each([
  ['less than 32 bytes', randomBytes(31).toString('base64'), /at least 32 bytes/],
  ['nothing', '', /must hold base64/],
  ['words', 'not a secret at all, rather a sentence', /must hold base64/],
  ['two lines', `${randomBytes(32).toString('base64')}\n${randomBytes(32).toString('base64')}`, /must hold base64/],
])('refuses %s, by the name of the file alone [ASVS 11.2.3]', (_what, content, reason) => {
  const path = file(content);
  const read = () => readSecretFile(path);
  expect(read).toThrow(reason);
  expect(read).toThrow(path);
  expect(messageOf(read)).not.toContain(content.slice(0, 20) || 'undefined');
});
