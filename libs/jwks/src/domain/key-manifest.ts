import { z } from 'zod';
import { SIGNING_ALGORITHMS } from './jwk.js';
import { keyError } from './key-error.js';

/** In a directory and in a Secret alike. */
export const MANIFEST_FILE = 'manifest.json';

/** Kubernetes allows these characters in the keys of a Secret; a path separator is none of them. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}\.pem$/;
const KID = /^[A-Za-z0-9_-]{43}$/;

const time = z.iso.datetime({ offset: true, error: 'wants an RFC 3339 time such as 2026-11-24T10:00:00Z' });

const entrySchema = z.strictObject({
  file: z.string().regex(FILE_NAME, 'wants a plain file name that ends in .pem, without a path'),
  /** RFC 3339; from then on the key may sign. */
  activatesAt: time,
  alg: z.enum(SIGNING_ALGORITHMS).optional(),
  /** Thumbprint of the key; tells which one it was once its file is deleted. */
  kid: z.string().regex(KID, 'wants an RFC 7638 thumbprint').optional(),
  /** Its presence alone revokes, whatever the time: a clock that is behind must not trust the key for longer. */
  revokedAt: time.optional(),
});

const manifestSchema = z.strictObject({ version: z.literal(1), keys: z.array(entrySchema) });

/**
 * `manifest.json`: which keys there are and when each begins to sign. A revoked one stays listed, so that a file that is
 * restored from a backup does not come back to life.
 */
export type KeyManifest = z.infer<typeof manifestSchema>;
export type ManifestEntry = KeyManifest['keys'][number];

/** Those that are not revoked: their files are read, the others' may be gone. */
export function livingEntries({ keys }: KeyManifest): ManifestEntry[] {
  return keys.filter(({ revokedAt }) => revokedAt === undefined);
}

/**
 * Reads a manifest's text.
 * @param path names the file in messages
 * @throws DomainError `keys.malformed-manifest` with every fault, without any value of the file
 */
export function parseManifest(path: string, text: string): KeyManifest {
  const parsed = manifestSchema.safeParse(parseJson(path, text));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  throw keyError('malformed-manifest', `${path}: ${faults.join('; ')}`);
}

/** The text that `parseManifest` reads back. */
export function formatManifest(manifest: KeyManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: V8 quotes the text in its message, and somebody may have pasted a key here.
    throw keyError('malformed-manifest', `${path}: is not JSON`);
  }
}
