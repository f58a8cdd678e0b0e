import { access, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@platform/kernel';
import type { Change, KeyStore } from '../application/key-store.js';
import { keyError } from '../domain/key-error.js';
import {
  formatManifest,
  type KeyManifest,
  livingEntries,
  MANIFEST_FILE,
  parseManifest,
} from '../domain/key-manifest.js';
import type { StoredKeys } from '../domain/stored-keys.js';

/** Next to the manifest, because a rename is atomic within one file system only. */
const NEW_MANIFEST = '.manifest.json.new';
/** How Kubernetes mounts a Secret: every file is a link into this one, which it swaps. */
const MOUNTED = '..data';
/** A key has a few kilobytes; a Secret may have so much. */
const MAX_BYTES = 1024 * 1024;
/** A swap takes microseconds: who meets one twice running meets somebody who writes all the time. */
const LOOKS = 10;

/** What one look saw. */
type Sight = { stored: StoredKeys } | { error: unknown; message: string };

/** Keys in a directory (`JWKS_DIR`): `manifest.json`, and a PKCS#8 PEM file for each key that it lists. */
export class KeyDirectory implements KeyStore {
  readonly name: string;
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = normalize(directory);
    this.name = join(directory, MANIFEST_FILE);
  }

  /** Looks until two looks agree: whoever changes files meanwhile shows the state before or the one after, never both. */
  async read(): Promise<StoredKeys> {
    let before = await this.look();
    for (let looks = 1; looks < LOOKS; looks += 1) {
      const sight = await this.look();
      if (isSame(before, sight)) {
        if ('error' in sight) throw sight.error;
        return sight.stored;
      }
      before = sight;
    }
    throw keyError('unreadable', `${this.name}: changes all the time`);
  }

  /** As `read`, but a manifest that is not there yet is one without keys. */
  async readIfAny(): Promise<StoredKeys> {
    const isThere = await access(this.name).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    );
    return isThere
      ? await this.read()
      : { location: this.directory, manifest: { version: 1, keys: [] }, pems: new Map() };
  }

  /** What a mounted Secret holds beside the keys, in base64: who replaces it as a whole must not drop it. */
  async others({ manifest }: StoredKeys): Promise<Record<string, string>> {
    const folder = await realpath(join(this.directory, MOUNTED)).catch(() => undefined);
    if (folder === undefined) return {}; // no Secret: what lies about here is nobody's business
    const ours = new Set([MANIFEST_FILE, ...manifest.keys.map(({ file }) => file)]);
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile() && !ours.has(entry.name)).map(({ name }) => name);
    const read = async (name: string) => [name, await readFile(join(folder, name), 'base64')] as const;
    return Object.fromEntries(await Promise.all(names.map(read)));
  }

  /** The new manifest is created exclusively before the old one is read, so it is the lock between writers as well. */
  async update<T>(change: (stored: StoredKeys) => Promise<Change<T>>): Promise<T> {
    await this.ensureDirectory();
    const newManifest = join(this.directory, NEW_MANIFEST);
    const lock = await openExclusive(newManifest);
    let leftovers = [NEW_MANIFEST];
    try {
      const stored = await this.readIfAny();
      const { keys, result } = await change(stored);
      if (!keys) return result;
      const added = [...keys.pems].filter(([name]) => !stored.pems.has(name));
      for (const [name, pem] of added) {
        await writeDurably(join(this.directory, name), pem);
        leftovers.push(name);
      }
      await lock.writeFile(formatManifest(keys.manifest));
      await lock.sync();
      await rename(newManifest, this.name);
      leftovers = []; // a new manifest is somebody else's from here on
      await this.settle([...stored.pems.keys()].filter((name) => !keys.pems.has(name)));
      return result;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw keyError('not-written', `${this.directory}: the keys cannot be written`, error);
    } finally {
      await Promise.all(leftovers.map((name) => rm(join(this.directory, name), { force: true })));
      await lock.close();
    }
  }

  private async look(): Promise<Sight> {
    try {
      const folder = await this.realFolder();
      const text = await this.readText(folder, MANIFEST_FILE);
      if (text === undefined) throw keyError('unreadable', `${this.name}: is missing`);
      const manifest = parseManifest(this.name, text);
      return { stored: { location: this.directory, manifest, pems: await this.readPems(folder, manifest) } };
    } catch (error) {
      return { error, message: String(error) };
    }
  }

  /** Resolved once for all files of a look: a swap of `..data`, or of the directory, changes none of them below us. */
  private async realFolder(): Promise<string> {
    for (const path of [join(this.directory, MOUNTED), this.directory]) {
      const real = await realpath(path).catch(() => undefined);
      if (real !== undefined) return real;
    }
    throw keyError('unreadable', `${this.name}: is missing`);
  }

  /** Of the keys that may be used; whoever uses them says which are missing. */
  private async readPems(folder: string, manifest: KeyManifest): Promise<Map<string, string>> {
    const names = livingEntries(manifest).map(({ file }) => file);
    const files = await Promise.all(names.map(async (name) => [name, await this.readText(folder, name)] as const));
    return new Map(files.filter((file): file is [string, string] => file[1] !== undefined));
  }

  private async readText(folder: string, name: string): Promise<string | undefined> {
    return await readSmall(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw keyError('unreadable', `${join(this.directory, name)}: cannot be read (${cause.code})`, cause);
    });
  }

  /** The new manifest counts already: what fails here must not look as if it did not. */
  private async settle(unused: string[]): Promise<void> {
    const removals = unused.map((name) => rm(join(this.directory, name), { force: true }));
    await Promise.allSettled([...removals, sync(this.directory)]);
  }

  private async ensureDirectory(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      throw keyError('not-written', `${this.directory}: cannot be created (${cause.code})`, cause);
    });
  }
}

/** A pipe would be waited for without end, and a backup beside the keys need not fit into memory. */
async function readSmall(path: string): Promise<string> {
  const found = await stat(path);
  if (found.isFile() && found.size <= MAX_BYTES) return await readFile(path, 'utf8');
  throw Object.assign(new Error('no small file'), { code: found.isDirectory() ? 'EISDIR' : 'EFBIG' });
}

function isSame(one: Sight, other: Sight): boolean {
  if ('error' in one || 'error' in other) return 'error' in one && 'error' in other && one.message === other.message;
  return isDeepStrictEqual(one.stored, other.stored);
}

async function openExclusive(path: string) {
  return open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw keyError('not-written', `${path}: cannot be written (${cause.code})`, cause);
    throw keyError('busy', `${path}: exists; another key is being made, or one was interrupted: then delete it`, cause);
  });
}

/** On the disk before the manifest names it: a power cut must not leave a manifest that points at nothing. */
async function writeDurably(path: string, text: string): Promise<void> {
  const file = await openExclusive(path);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on the disk once its directory is. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
