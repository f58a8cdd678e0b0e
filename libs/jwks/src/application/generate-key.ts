import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '@platform/kernel';
import { publicMembers, type SigningAlgorithm, thumbprint } from '../domain/jwk.js';
import { keyError } from '../domain/key-error.js';
import type { KeyStore } from './key-store.js';

/** The slowest sisters refetch every 12 hours; a day lets all of them know the key before it signs. */
export const DEFAULT_LEAD_SECONDS = 86_400;
const RSA_BITS = 3072;
const generate = promisify(generateKeyPair);

/** What was made; no key material. */
export interface GeneratedKey {
  kid: string;
  alg: SigningAlgorithm;
  /** Path of the PEM file. */
  file: string;
  activatesAt: Date;
}

/** Makes a signing key and puts it in the store: the first signs at once, a later one after a lead. */
export class GenerateKey {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * @param options `alg` ES256 by default; `leadSeconds` how long the key is published before it signs, 24 h by default,
   *   without meaning for the first key
   * @throws DomainError `keys.invalid-lead`, `keys.busy`, `keys.not-written`, and what reading the store throws
   */
  async execute(options: { alg?: SigningAlgorithm; leadSeconds?: number } = {}): Promise<GeneratedKey> {
    const { alg = 'ES256', leadSeconds = DEFAULT_LEAD_SECONDS } = options;
    if (!Number.isSafeInteger(leadSeconds) || leadSeconds < 0) {
      throw keyError('invalid-lead', 'the lead wants whole seconds, 0 or more');
    }
    const privateKey = await generatePrivateKey(alg);
    const kid = thumbprint(publicMembers(privateKey));
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const stored = await this.store.add(
      { kid, alg, pem },
      (isFirst) => new Date(this.clock.now().getTime() + (isFirst ? 0 : leadSeconds * 1000)),
    );
    return { kid, alg, ...stored };
  }
}

async function generatePrivateKey(alg: SigningAlgorithm): Promise<KeyObject> {
  if (alg === 'ES256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  if (alg === 'ES384') return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
  return (await generate('rsa', { modulusLength: RSA_BITS })).privateKey;
}
