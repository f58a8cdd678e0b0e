import type { Entity } from '../domain/definition.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import type { PolicySlice } from '../domain/policy-slice.js';

/** Where a slice was found, for the measurement. */
export type PolicyOrigin = 'memory' | 'redis' | 'postgres';

/** The definitions, at most a second behind. Every method may throw DomainError `database.unavailable`. */
export abstract class Policies {
  /** What is said of each subject. @returns in order */
  abstract slices(subjects: readonly Entity[]): Promise<{ slice: PolicySlice; origin: PolicyOrigin }[]>;

  /** Each domain with all that it lies within, itself included. @returns in order */
  abstract domains(domains: readonly string[]): Promise<ReadonlySet<string>[]>;

  abstract hierarchy(): Promise<Hierarchy>;
}
