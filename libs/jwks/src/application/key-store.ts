import type { SigningAlgorithm } from '../domain/jwk.js';
import type { SigningKey } from '../domain/signing-key.js';

/** A key to be added, as `GenerateKey` made it. */
export interface NewKey {
  kid: string;
  alg: SigningAlgorithm;
  /** PKCS#8 PEM of the private key. */
  pem: string;
}

/** Where the signing keys are kept; `KeyDirectory` keeps them in files. */
export interface KeyStore {
  /** Names the store in messages, such as the manifest's path. */
  readonly name: string;
  /** @throws DomainError `keys.…` on the first key or entry that is not usable */
  read(): Promise<SigningKey[]>;
  /**
   * Adds a key; of two writers at once, one is refused.
   * @param activatesAt decides the activation once the keys that are there already are known
   * @returns where the key is and when it activates
   * @throws DomainError `keys.busy`, `keys.not-written`, and whatever `read` throws
   */
  add(key: NewKey, activatesAt: (isFirst: boolean) => Date): Promise<{ file: string; activatesAt: Date }>;
}
