import type { SigningAlgorithm } from './jwk.js';
import { keyError } from './key-error.js';
import { type KeyManifest, livingEntries, type ManifestEntry } from './key-manifest.js';
import { KeyRing, type RevokedKey } from './key-ring.js';
import { type SigningKey, toSigningKey } from './signing-key.js';

/** What a store holds, as it is written there; wherever that is. */
export interface StoredKeys {
  /** Names the store in messages: a directory, or a Secret. */
  readonly location: string;
  readonly manifest: KeyManifest;
  /** PKCS#8 PEM by file name; those of revoked keys may be missing. */
  readonly pems: ReadonlyMap<string, string>;
}

/** A key to be added, with its PKCS#8 PEM. */
export interface NewKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly pem: string;
}

/**
 * Makes a ring of what is stored.
 * @throws DomainError `keys.…` on the first key or entry that is not usable
 */
export function toRing(stored: StoredKeys, tokenTtlSeconds: number): KeyRing {
  const living = livingEntries(stored.manifest).map((entry) => toKey(stored, entry));
  return new KeyRing(living, tokenTtlSeconds, stored.manifest.keys.flatMap(toRevoked));
}

/** The same keys with one more. */
export function withKey(stored: StoredKeys, key: NewKey, activatesAt: Date): StoredKeys {
  const file = fileOf(key);
  const entry = { file, activatesAt: activatesAt.toISOString(), alg: key.alg };
  return {
    ...stored,
    manifest: { version: 1, keys: [...stored.manifest.keys, entry] },
    pems: new Map([...stored.pems, [file, key.pem]]),
  };
}

/** What is left once each entry has become what `change` makes of it; nothing takes it out, with its file. */
export function mapEntries(
  stored: StoredKeys,
  change: (entry: ManifestEntry) => ManifestEntry | undefined,
): StoredKeys {
  const keys = stored.manifest.keys.map(change).filter((entry) => entry !== undefined);
  const manifest: KeyManifest = { version: 1, keys };
  const files = new Set(livingEntries(manifest).map(({ file }) => file));
  return {
    ...stored,
    manifest,
    pems: new Map([...stored.pems].filter(([file]) => files.has(file))),
  };
}

/** The key of an entry, or nothing where it is not usable. */
export function tryKey(stored: StoredKeys, entry: ManifestEntry): SigningKey | undefined {
  try {
    return toKey(stored, entry);
  } catch {
    return undefined;
  }
}

/** The `file` of an entry's `SigningKey`. */
export function pathOf({ location }: Pick<StoredKeys, 'location'>, { file }: Pick<ManifestEntry, 'file'>): string {
  return `${location}/${file}`;
}

/** How the file of a key is named by us. */
export function fileOf({ kid, alg }: Pick<NewKey, 'kid' | 'alg'>): string {
  return `${alg.toLowerCase()}-${kid}.pem`;
}

function toKey(stored: StoredKeys, entry: ManifestEntry): SigningKey {
  const { activatesAt, alg, kid } = entry;
  const file = pathOf(stored, entry);
  const pem = stored.pems.get(entry.file);
  if (pem === undefined) throw keyError('unreadable', `${file}: is missing`);
  const key = toSigningKey({ file, pem, activatesAt: new Date(activatesAt), alg });
  if (kid !== undefined && kid !== key.kid) {
    throw keyError('malformed-manifest', `${file}: the manifest says kid ${kid}, but this key has ${key.kid}`);
  }
  return key;
}

function toRevoked({ kid, activatesAt, revokedAt }: ManifestEntry): RevokedKey[] {
  if (revokedAt === undefined) return [];
  return [{ kid, activatesAt: new Date(activatesAt), revokedAt: new Date(revokedAt) }];
}
