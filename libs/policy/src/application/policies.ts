import type { Entity } from '../domain/definition.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import type { PolicySlice } from '../domain/policy-slice.js';
import type { Unusable } from '../domain/slice-row.js';

/** Where a slice was found, for the measurement. */
export type PolicyOrigin = 'memory' | 'redis' | 'postgres';

/** What a check is decided by. */
export interface Grounds {
  slice: PolicySlice;
  hierarchy: Hierarchy;
  /** The domain asked about and all that it lies within; absent where none is. */
  domains?: ReadonlySet<string>;
}

/** Where a domain lies. */
export interface DomainPlace {
  /** It and all that it lies within. */
  within: ReadonlySet<string>;
  unusable: readonly Unusable[];
}

/** The definitions, at most a second behind. Every method may throw DomainError `database.unavailable`. */
export abstract class Policies {
  /** What is said of each subject. @returns in order */
  abstract slices(subjects: readonly Entity[]): Promise<{ slice: PolicySlice; origin: PolicyOrigin }[]>;

  /** @returns in order */
  abstract domains(domains: readonly string[]): Promise<DomainPlace[]>;

  abstract hierarchy(): Promise<Hierarchy>;

  /**
   * What a check needs, if all of it is in memory: then no promise has to be waited for.
   * @param domain absent where none is asked about
   */
  abstract atHand(subject: Entity, domain?: string): Grounds | undefined;
}
