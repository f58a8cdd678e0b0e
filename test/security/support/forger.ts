import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A private key of a key directory. */
export interface ForgerKey {
  kid: string;
  alg: string;
  key: KeyObject;
}

/** The keys of a directory, by algorithm. */
export function readKeys(directory: string): Record<string, ForgerKey> {
  const { keys } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
    keys: { file: string; alg: string }[];
  };
  return Object.fromEntries(
    keys.map(({ file, alg }) => {
      // The file is named by algorithm and thumbprint.
      const kid = file.replace(/^[^-]+-|\.pem$/g, '');
      return [alg, { kid, alg, key: createPrivateKey(readFileSync(join(directory, file))) }];
    }),
  );
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** The order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same token of ES256 with the other of the two signatures that anybody can make of one: s becomes n − s. */
export function mirror(token: string): string {
  const [head, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const mirrored = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return `${head}.${payload}.${mirrored.toString('base64url')}`;
}

/** What somebody can do who has a good token, every public key, and for the sake of the test the private ones as well. */
export class Forger {
  /** Of ES256, the key that signs. */
  readonly own: ForgerKey;

  constructor(
    /** The service's keys, by algorithm. */
    readonly keys: Record<string, ForgerKey>,
    /** A key that the service does not know. */
    readonly foreign: ForgerKey,
    /** As it was issued. */
    readonly token: string,
    readonly origin: string,
  ) {
    const own = keys['ES256'];
    if (!own) throw new Error('the service has no key of ES256');
    this.own = own;
  }

  get header(): { alg: string; kid: string; typ: string } {
    return this.read(0) as { alg: string; kid: string; typ: string };
  }

  get claims(): Record<string, unknown> & { iss: string; exp: number; iat: number } {
    return this.read(1) as Record<string, unknown> & { iss: string; exp: number; iat: number };
  }

  /**
   * A token with members changed, or left out where they are undefined, well signed by the service's own key or another:
   * without changes it is good.
   */
  forge(payload: object = {}, header: object = {}, key = this.own): string {
    return this.sign({ ...this.header, kid: key.kid, alg: key.alg, ...header }, { ...this.claims, ...payload }, key);
  }

  /** Over any header and payload, objects or texts as they are. */
  sign(header: unknown, payload: unknown, key = this.own): string {
    return this.signInput(`${encode(header)}.${encode(payload)}`, key);
  }

  /** Over any text, by hand: no library stands between. */
  signInput(input: string, { key, alg } = this.own): string {
    const padding = alg === 'PS256' ? { padding: 6, saltLength: 32 } : {};
    const hash = alg === 'ES384' ? 'sha384' : 'sha256';
    const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...padding });
    return `${input}.${signature.toString('base64url')}`;
  }

  private read(part: number): Record<string, unknown> {
    const text = Buffer.from(this.token.split('.')[part] ?? '', 'base64url').toString();
    return JSON.parse(text) as Record<string, unknown>;
  }
}
