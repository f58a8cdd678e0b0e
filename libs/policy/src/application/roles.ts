import type { Queryable } from '@platform/database';

/** Roles and who has them. May throw DomainError `database.unavailable`. */
export abstract class Roles {
  /**
   * Gives a user a role everywhere: a PolicyDefinition of the variant `assign_role` with no domain.
   * @param role its identifier, such as `administrator`
   * @param through the caller's transaction, if there is one
   * @returns whether the user did not have it before; of two calls at once one says so
   * @throws DomainError `policy.role-not-found`
   */
  abstract assign(userId: string, role: string, through?: Queryable): Promise<boolean>;
}
