import type { Queryable } from '@platform/database';
import type { Entity, Variant } from '../domain/definition.js';
import type { NewDefinition } from '../domain/new-definition.js';
import type { RoleRule } from '../domain/rights.js';
import type { PageOf } from './catalogue.js';

/** A definition as it is kept. Its variant may be one that an older service wrote and this one does not know. */
export type PolicyRecord = Omit<NewDefinition, 'variant'> & {
  id: string;
  variant: string;
  /** Identifier or code of a role or permission, null for others. */
  subjectName: string | null;
  targetName: string | null;
  createdAt: Date;
};

/** A definition that was not there before. */
export type WrittenDefinition = Omit<NewDefinition, 'metadata'> & { id: string };

/** Which definitions; what is left out is any. */
export interface DefinitionFilter {
  subject?: Entity;
  target?: Entity;
  variant?: Variant;
}

/** Who may do what, as rows. May throw DomainError `database.unavailable`. */
export abstract class PolicyDefinitions {
  /** In the order of their ids. */
  abstract page(filter: DefinitionFilter, page: PageOf): Promise<PolicyRecord[]>;

  abstract find(id: string): Promise<PolicyRecord | undefined>;

  /** Those among `ids` that there are. */
  abstract findAll(ids: string[]): Promise<PolicyRecord[]>;

  /** Writes those that are not there yet. @returns what was written */
  abstract insert(definitions: readonly NewDefinition[], transaction: Queryable): Promise<WrittenDefinition[]>;

  /** @returns whether it was there */
  abstract delete(id: string, transaction: Queryable): Promise<boolean>;

  /** The ids of the roles in a user's tokens: active ones that he holds himself, and not in one domain alone. */
  abstract rolesInTokensOf(userId: string): Promise<Set<string>>;

  /** The rules of each role through all that it inherits, also of roles that are disabled. */
  abstract rulesOfRoles(roleIds: string[], transaction: Queryable): Promise<Map<string, RoleRule[]>>;
}
