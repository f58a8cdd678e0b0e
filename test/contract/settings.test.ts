import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentSchema } from '@platform/config';
import { projectRoot } from '@platform/testing';
import { dataFolder, makeDataFolder } from '../../apps/dev/src/data-folder.js';
import { serviceEnvironment } from '../../apps/dev/src/settings.js';

interface Line {
  name: string;
  value: string;
  comment: string;
}

const LINES = readFileSync(join(projectRoot(), '.env.example'), 'utf8').split('\n');
const SETTINGS = environmentSchema.shape;
type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];

/** Each setting with the line above it. */
function settings(): Line[] {
  return LINES.flatMap((line, at) => {
    const { name, value = '' } = /^(?<name>[A-Z][A-Z0-9_]*)=(?<value>.*)$/.exec(line)?.groups ?? {};
    return name === undefined ? [] : [{ name, value, comment: LINES[at - 1] ?? '' }];
  });
}

describe('.env.example', () => {
  it('holds nothing but settings, comments and empty lines', () => {
    expect(LINES.filter((line) => !/^$|^# .+[^ ]$|^[A-Z][A-Z0-9_]*=\S*$/.test(line))).toEqual([]);
  });

  it('lists exactly the settings that the service reads, each once, with a line that says what it is', () => {
    expect(settings().map(({ name }) => name).toSorted()).toEqual(NAMES.toSorted()); // prettier-ignore
    const silent = settings().filter(({ comment }) => !/^# [^-].{10,}\.$/.test(comment));
    expect(silent).toEqual([]);
  });

  it('has the default of each that has one; one that depends on the machine is empty', () => {
    const shown = Object.fromEntries(settings().map(({ name, value }) => [name, value]));
    for (const name of NAMES.filter((one) => one !== 'PASSWORD_HASH_CONCURRENCY')) {
      const absent = SETTINGS[name].safeParse(undefined);
      if (absent.success && absent.data !== undefined) expect([name, shown[name]]).toEqual([name, String(absent.data)]);
    }
    expect(shown['PASSWORD_HASH_CONCURRENCY']).toBe('');
  });

  it('has an example that is accepted for each that is required', () => {
    const unusable = settings().filter(
      ({ name, value }) => !SETTINGS[name as Name].safeParse(value || undefined).success,
    );
    expect(unusable).toEqual([]);
  });
});

describe('the development launcher', () => {
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'nx-identity-launcher-'));
    makeDataFolder(dataFolder(root));
  });

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('sets no variable that the service does not read, and a usable value for each', () => {
    const stores = { database: 'postgres://postgres:pw@127.0.0.1:5432/identity', redis: 'redis://127.0.0.1:6379' };
    const env = serviceEnvironment(dataFolder(root), {}, stores, { port: 3000, managementPort: 9464 });
    const used = Object.entries(env).map(([name, value]) => {
      const schema = NAMES.includes(name as Name) ? SETTINGS[name as Name] : undefined;
      return [name, schema?.safeParse(value).success ?? 'is no setting'];
    });
    expect(used.filter(([, usable]) => usable !== true)).toEqual([]);
    const missing = NAMES.filter((name) => !SETTINGS[name].safeParse(env[name]).success);
    expect(missing).toEqual([]);
  });
});
