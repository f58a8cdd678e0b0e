import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '@platform/kernel';
import type { KeyStore, NewKey } from '../application/key-store.js';
import { keyError } from '../domain/key-error.js';
import { formatManifest, type KeyManifest, parseManifest } from '../domain/key-manifest.js';
import { type SigningKey, toSigningKey } from '../domain/signing-key.js';

const MANIFEST = 'manifest.json';
/** Next to the manifest, because a rename is atomic within one file system only. */
const NEW_MANIFEST = '.manifest.json.new';

/** Keys in a directory (`JWKS_DIR`): `manifest.json`, and a PKCS#8 PEM file for each key that it lists. */
export class KeyDirectory implements KeyStore {
  readonly name: string;

  constructor(private readonly directory: string) {
    this.name = join(directory, MANIFEST);
  }

  async read(): Promise<SigningKey[]> {
    const manifest = parseManifest(this.name, await readText(this.name));
    return Promise.all(manifest.keys.map((entry) => this.readKey(entry)));
  }

  /** The new manifest is created exclusively before the old one is read, so it is the lock between writers as well. */
  async add(key: NewKey, activatesAt: (isFirst: boolean) => Date): Promise<{ file: string; activatesAt: Date }> {
    await this.ensureDirectory();
    const newManifest = join(this.directory, NEW_MANIFEST);
    const lock = await openExclusive(newManifest);
    const name = `${key.alg.toLowerCase()}-${key.kid}.pem`;
    const file = join(this.directory, name);
    try {
      const keys = await this.readEntries();
      const at = activatesAt(keys.length === 0);
      await writeDurably(file, key.pem);
      const entry = { file: name, activatesAt: at.toISOString(), alg: key.alg };
      await lock.writeFile(formatManifest({ version: 1, keys: [...keys, entry] }));
      await lock.sync();
      await rename(newManifest, this.name);
      return { file, activatesAt: at };
    } catch (error) {
      await Promise.all([rm(file, { force: true }), rm(newManifest, { force: true })]);
      if (error instanceof DomainError) throw error;
      throw keyError('not-written', `${file}: the key cannot be written`, error);
    } finally {
      await lock.close();
    }
  }

  private async readKey({ file: name, activatesAt, alg }: KeyManifest['keys'][number]): Promise<SigningKey> {
    const file = join(this.directory, name);
    return toSigningKey({ file, pem: await readText(file), activatesAt: new Date(activatesAt), alg });
  }

  private async readEntries(): Promise<KeyManifest['keys']> {
    const text = await readFile(this.name, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw unreadable(this.name, cause);
    });
    return text === undefined ? [] : parseManifest(this.name, text).keys;
  }

  private async ensureDirectory(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      throw keyError('not-written', `${this.directory}: cannot be created (${cause.code})`, cause);
    });
  }
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): Error {
  const what = cause.code === 'ENOENT' ? 'is missing' : `cannot be read (${cause.code})`;
  return keyError('unreadable', `${path}: ${what}`, cause);
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
