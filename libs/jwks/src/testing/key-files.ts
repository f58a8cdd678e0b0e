import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, formatManifest } from '../domain/key-manifest.js';
import type { StoredKeys } from '../domain/stored-keys.js';

let versions = 0;

/** Writes keys as plain files, the manifest last. */
export async function writeKeys(directory: string, { manifest, pems }: Pick<StoredKeys, 'manifest' | 'pems'>) {
  await mkdir(directory, { recursive: true });
  for (const [name, pem] of pems) await writeFile(join(directory, name), pem);
  await writeFile(join(directory, MANIFEST_FILE), formatManifest(manifest));
}

/** Puts keys in place as kubelet does: a new folder, `..data` swapped to it by a rename, the old folder deleted. */
export async function swapKeys(directory: string, keys: Pick<StoredKeys, 'manifest' | 'pems'>, previous?: string) {
  const version = `..2026_11_24_10_00_00.${(versions += 1)}`;
  await writeKeys(join(directory, version), keys);
  await symlink(version, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
  for (const name of [MANIFEST_FILE, ...keys.pems.keys()])
    await symlink(join('..data', name), join(directory, name)).catch(() => undefined);
  if (previous !== undefined) await rm(join(directory, previous), { recursive: true });
  return version;
}
