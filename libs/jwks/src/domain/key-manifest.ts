import { z } from 'zod';
import { SIGNING_ALGORITHMS } from './jwk.js';
import { keyError } from './key-error.js';

/** Kubernetes allows these characters in the keys of a Secret; a path separator is none of them. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}\.pem$/;

const entrySchema = z.strictObject({
  file: z.string().regex(FILE_NAME, 'wants a plain file name that ends in .pem, without a path'),
  /** RFC 3339; from then on the key may sign. */
  activatesAt: z.iso.datetime({ offset: true, error: 'wants an RFC 3339 time such as 2026-11-24T10:00:00Z' }),
  alg: z.enum(SIGNING_ALGORITHMS).optional(),
});

const manifestSchema = z.strictObject({ version: z.literal(1), keys: z.array(entrySchema) });

/** `manifest.json`: which keys there are and when each begins to sign. */
export type KeyManifest = z.infer<typeof manifestSchema>;

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
