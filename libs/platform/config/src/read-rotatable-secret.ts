import { readFileSync } from 'node:fs';
import { parseSecret } from './read-secret-file.js';

/** A secret that is being changed without a stop: new things use `current`, old ones are still understood. */
export interface RotatableSecret {
  current: Buffer;
  previous?: Buffer;
  /** The text that an older service made its key of; only for reading what it wrote. */
  legacy?: string;
}

const LEGACY = 'legacy:';

/**
 * Reads a secret that can be rotated: a line of base64 as `openssl rand -base64 32` writes it, and while it is being
 * changed the one before on a second line. A line `legacy:…` holds an older service's secret as it was written there.
 * @throws Error that names the file and what it wants, never what it holds
 */
export function readRotatableSecret(path: string): RotatableSecret {
  const lines = readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const secrets = lines.filter((line) => !line.startsWith(LEGACY)).map((line) => parseSecret(line, path));
  const legacy = lines.filter((line) => line.startsWith(LEGACY)).map((line) => line.slice(LEGACY.length));
  const [current, previous] = secrets;
  if (!current) throw new Error(`${path} must hold base64 text`);
  if (secrets.length > 2 || legacy.length > 1)
    throw new Error(`${path} must hold at most two secrets and one legacy: line`);
  return { current, previous, legacy: legacy[0] };
}
