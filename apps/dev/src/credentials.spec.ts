import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { credentialsFile, loadCredentials, makeSecrets } from './credentials.js';
import { dataFolder, makeDataFolder } from './data-folder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-identity-data-'));
  makeDataFolder(dataFolder(root));
});
afterEach(() => rmSync(root, { recursive: true }));

it('generates credentials once and keeps them for the owner alone', () => {
  const file = credentialsFile(dataFolder(root), undefined);
  const first = loadCredentials(file);
  expect(first.adminPassword).toHaveLength(24);
  expect(loadCredentials(file)).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('keeps the accounts of another database apart', () => {
  const folder = dataFolder(root);
  const other = credentialsFile(folder, 'postgres://db/identity');
  expect(other).not.toBe(credentialsFile(folder, undefined));
  expect(other).not.toBe(credentialsFile(folder, 'postgres://db/other'));
});

it('writes each secret once: base64 of 32 bytes, in a closed folder', () => {
  const folder = dataFolder(root);
  const files = Object.values(makeSecrets(folder));
  const contents = files.map((file) => readFileSync(file, 'utf8'));
  expect(new Set(contents).size).toBe(3);
  for (const content of contents) expect(Buffer.from(content, 'base64')).toHaveLength(32);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folder.secrets).mode & 0o777).toBe(0o700);
  makeSecrets(folder);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(contents);
});
