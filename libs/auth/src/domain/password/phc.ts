import { DomainError } from '@platform/kernel';

/** What an argon2id hash costs; memory in KiB. */
export interface Argon2Parameters {
  memoryKib: number;
  iterations: number;
  parallelism: number;
}

/** A stored argon2id (v=19) hash, taken apart. */
export interface StoredHash extends Argon2Parameters {
  salt: Buffer;
  hash: Buffer;
}

/**
 * What a stored hash may ask for at most (the idea is ory/kratos' hash_limits.go): whoever can write one row could else
 * plant `m=4194304,t=1000` and burn a core and 4 GiB with each sign-in. Bun's default (65536/2/1) is well below.
 */
const CEILINGS: Argon2Parameters = { memoryKib: 262_144, iterations: 10, parallelism: 4 };
const SALT_BYTES = { min: 8, max: 64 };
const HASH_BYTES = { min: 16, max: 64 };

const NUMBER = '([1-9][0-9]{0,9})';
const BASE64 = '([A-Za-z0-9+/]{1,128})';
const SHAPE = new RegExp(`^\\$argon2id\\$v=19\\$([mtp]=[0-9,=mtp]{1,48})\\$${BASE64}\\$${BASE64}$`);
const PARAMETER = new RegExp(`^([mtp])=${NUMBER}$`);

/**
 * Reads a PHC string, its parameters in any order: Bun writes m,t,p and node-argon2 m,p,t.
 * @throws DomainError `auth.stored-hash-refused` when it is not a plain argon2id v=19 string or asks for more than the
 *   ceilings; the message never repeats the string
 */
export function parsePhc(phc: string): StoredHash {
  const [, list, salt, hash] = SHAPE.exec(phc) ?? [];
  if (list === undefined || salt === undefined || hash === undefined) throw refused('not an argon2id v=19 PHC string');
  const stored = { ...parseParameters(list), salt: decode(salt), hash: decode(hash) };
  assertWithinCeilings(stored);
  return stored;
}

/** Writes a PHC string, parameters in the order m,t,p: Bun refuses node-argon2's m,p,t. */
export function serializePhc({ memoryKib, iterations, parallelism, salt, hash }: StoredHash): string {
  return `$argon2id$v=19$m=${memoryKib},t=${iterations},p=${parallelism}$${encode(salt)}$${encode(hash)}`;
}

/** @throws DomainError `auth.stored-hash-refused` when a parameter is past its ceiling, or a length out of its range */
export function assertWithinCeilings(stored: StoredHash): void {
  for (const name of ['memoryKib', 'iterations', 'parallelism'] as const) {
    if (stored[name] > CEILINGS[name]) throw refused(`${name} is above ${CEILINGS[name]}`);
  }
  // argon2 itself needs 8 KiB for each lane; below it the native code fails, which would look like an outage.
  if (stored.memoryKib < 8 * stored.parallelism) throw refused('memoryKib is below 8 for each lane');
  assertLength('salt', stored.salt, SALT_BYTES);
  assertLength('hash', stored.hash, HASH_BYTES);
}

/** Whether a stored hash was made with other parameters than those wanted now. */
export function needsRehash(stored: Argon2Parameters, wanted: Argon2Parameters): boolean {
  return (
    stored.memoryKib !== wanted.memoryKib ||
    stored.iterations !== wanted.iterations ||
    stored.parallelism !== wanted.parallelism
  );
}

function parseParameters(list: string): Argon2Parameters {
  const values = new Map<string, number>();
  for (const item of list.split(',')) {
    const [, name, value] = PARAMETER.exec(item) ?? [];
    if (name === undefined || values.has(name)) throw refused('unreadable parameters');
    values.set(name, Number(value));
  }
  const [memoryKib, iterations, parallelism] = [values.get('m'), values.get('t'), values.get('p')];
  if (!memoryKib || !iterations || !parallelism) throw refused('a parameter is missing');
  return { memoryKib, iterations, parallelism };
}

function assertLength(what: string, bytes: Buffer, { min, max }: { min: number; max: number }): void {
  if (bytes.length < min || bytes.length > max) throw refused(`the ${what} is not ${min} to ${max} bytes long`);
}

/** Refuses text that does not come back the same: one hash, one spelling. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (encode(bytes) !== text) throw refused('base64 that is not canonical');
  return bytes;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function refused(reason: string): DomainError {
  return new DomainError({
    code: 'auth.stored-hash-refused',
    kind: 'unexpected',
    level: 'error',
    message: `A stored password hash cannot be used: ${reason}.`,
  });
}
