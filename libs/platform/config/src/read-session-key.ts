import { readRotatableSecret } from './read-rotatable-secret.js';
import { readSecretFile } from './read-secret-file.js';

/**
 * Reads the key of the refresh tokens. A worker makes none, and in a cluster has no such key: its setting points at the
 * configuration key, which has a second line while it is changed. For an API a second line is a fault: it would sign
 * everybody out without a word.
 * @throws Error that names the file and what it wants, never what it holds
 */
export function readSessionKey(mode: 'api' | 'worker' | 'migrate' | undefined, path: string): Buffer {
  return mode === 'worker' ? readRotatableSecret(path).current : readSecretFile(path);
}
