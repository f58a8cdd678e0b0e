import { readFileSync } from 'node:fs';

const MINIMUM_BYTES = 32;

/**
 * Reads a symmetric secret: base64 (or base64url) text of at least 32 random bytes, as
 * `openssl rand -base64 32 > file` writes it.
 * @throws Error that names the file and what it wants, never what it holds
 */
export function readSecretFile(path: string): Buffer {
  return parseSecret(readFileSync(path, 'utf8'), path);
}

/** One secret of the file at `path`; as `readSecretFile`. */
export function parseSecret(line: string, path: string): Buffer {
  const text = line.trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) throw new Error(`${path} must hold base64 text`);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < MINIMUM_BYTES)
    throw new Error(`${path} must hold at least ${MINIMUM_BYTES} bytes, base64-encoded`);
  return bytes;
}
