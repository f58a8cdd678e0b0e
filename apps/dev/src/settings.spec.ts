import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataFolder, makeDataFolder } from './data-folder.js';
import { serviceEnvironment } from './settings.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-identity-settings-'));
  makeDataFolder(dataFolder(root));
});
afterEach(() => rmSync(root, { recursive: true }));

const stores = { database: 'postgres://own', redis: '' };
const listeners = { port: 3100, managementPort: 9500 };

it('holds every setting that was given, so that a second terminal needs none, and nothing else of the environment', () => {
  const given = { REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_NAME: 'main', PASSWORD_ARGON2_ITERATIONS: '1' };
  const env = { ...given, PORT: '0', DATABASE_URL: '', HOME: '/home/ana' };
  const settings = serviceEnvironment(dataFolder(root), env, stores, listeners);
  expect(settings).toMatchObject({ ...given, DATABASE_URL: 'postgres://own', NODE_ENV: 'development', PORT: '3100' });
  expect(settings).not.toHaveProperty('HOME');
  expect(settings).not.toHaveProperty('REDIS_URL');
});
