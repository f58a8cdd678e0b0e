import type { StoredKeys } from '../domain/stored-keys.js';

/** What a change makes of the keys; without `keys` nothing is written. */
export interface Change<T> {
  keys?: StoredKeys;
  result: T;
}

/** Where the signing keys are kept: files in a directory, or a Secret of Kubernetes. */
export interface KeyStore {
  /** Names the store in messages, such as the manifest's path. */
  readonly name: string;
  /**
   * Everything as it was at one moment: never a part of it before and a part after a change.
   * @throws DomainError `keys.unreadable`, `keys.malformed-manifest`
   */
  read(): Promise<StoredKeys>;
  /**
   * Reads (nothing yet is no keys), and puts in place what `change` makes of it, all or nothing. Of two writers at once
   * one is refused, or has its change made anew from what the other wrote: `change` may be called more than once.
   * @throws DomainError `keys.busy`, `keys.not-written`, `keys.store-refused`, and whatever `read` and `change` throw
   */
  update<T>(change: (stored: StoredKeys) => Promise<Change<T>>): Promise<T>;
}
