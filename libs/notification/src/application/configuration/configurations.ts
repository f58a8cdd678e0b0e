import type { DomainError } from '@platform/kernel';

/** A row of public."Configuration", its credential opened. */
export interface Configuration {
  code: string;
  group: string | null;
  /** The value of whichever column `data_type` names: number, text, JSON, boolean; bytes as a Buffer. */
  value: unknown;
  /** The credential in clear; never to be logged or kept. */
  credential?: string;
  /**
   * `configuration.unusable`, in place of a credential that cannot be opened: only in lists, whose other rows serve on.
   */
  fault?: DomainError;
}

/** Reads the shared configuration; a change is seen within 30 seconds. */
export abstract class Configurations {
  /** @throws DomainError `database.unavailable`, `configuration.unusable` when the credential cannot be opened */
  abstract find(code: string): Promise<Configuration | undefined>;

  /** All rows of a group, by code. */
  abstract listGroup(group: string): Promise<Configuration[]>;
}
