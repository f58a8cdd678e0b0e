import type { Queryable } from '@platform/database';
import type { TypedValue } from '../../domain/configuration/configuration-value.js';

/** What an operator changes of a row; what is absent stays as it is. */
export interface ConfigurationChange {
  code: string;
  value?: TypedValue;
  group?: string;
  description?: string;
  /** Sealed. */
  credential?: string;
}

/** A row without its value. */
export interface StoredConfiguration {
  code: string;
  group: string | null;
  description: string | null;
  dataType: string | null;
  /** Sealed. */
  credential: string | null;
  updatedAt: Date | null;
}

/** public."Configuration" for those who change it. May throw DomainError `database.unavailable`. */
export abstract class ConfigurationStore {
  /**
   * Changes the row of a code, or makes it when there is a value. Two at once come one after the other.
   * @param change.group for a new row that names none, the code up to its last dot
   * @throws DomainError `configuration.unknown` when there is no row and no value to make one of
   */
  abstract put(change: ConfigurationChange, transaction: Queryable): Promise<'created' | 'changed' | 'unchanged'>;

  /** Whether a row of this code has a credential, which stays so among those who change rows here. */
  abstract holdsCredential(code: string, transaction: Queryable): Promise<boolean>;

  /** Takes out every row of a code. @returns whether there was one */
  abstract remove(code: string, transaction: Queryable): Promise<boolean>;

  /** All rows, or those of a group, by code. */
  abstract list(group?: string): Promise<StoredConfiguration[]>;

  /**
   * The first rows behind a code, by code: as many as `limit`, and all further ones of the last code, which may stand
   * more than once where another service made the table.
   */
  abstract page(page: { limit: number; after?: string; group?: string }): Promise<StoredConfiguration[]>;

  /** Puts one sealed credential in the place of another. @returns whether the other was still there */
  abstract replaceCredential(code: string, sealed: string, by: string): Promise<boolean>;
}
