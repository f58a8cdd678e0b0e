import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where everything lies that `npm start` keeps. */
export function dataFolder(root: string) {
  const at = (...parts: string[]) => join(root, '.data', ...parts);
  return {
    root: at(),
    lock: at('launcher.lock'),
    credentials: at('credentials.json'),
    facts: at('dev.json'),
    env: at('env.json'),
    keys: at('keys'),
    secrets: at('secrets'),
    postgres: at('postgres'),
    redis: at('redis'),
    log: (name: string) => at('logs', `${name}.log`),
  };
}

export type DataFolder = ReturnType<typeof dataFolder>;

/** Makes the folder. Others may pass through it, since PostgreSQL may run as another user; secrets have their own mode. */
export function makeDataFolder(folder: DataFolder): void {
  mkdirSync(folder.root, { recursive: true });
  for (const path of [folder.keys, folder.secrets]) mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Writes JSON for the owner alone; a reader sees the old file or the new one, never half of it. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** As writeJson, for any text. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

/** The content of a JSON file; nothing when there is none. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the files that say "it runs". */
export function forgetRun(folder: DataFolder): void {
  for (const path of [folder.facts, folder.env]) rmSync(path, { force: true });
}
