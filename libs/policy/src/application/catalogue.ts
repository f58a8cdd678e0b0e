import type { Queryable } from '@platform/database';

/** Which page of a list, by id. */
export interface PageOf {
  /** The last id of the page before. */
  after?: string;
  limit: number;
}

interface Entry {
  id: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface RoleFields {
  identifier: string;
  name: string;
  description: string | null;
  /** Larger is more; for those who look at a token's roles. */
  priority: number;
  /** Who has a disabled role has nothing by it. */
  status: 'active' | 'disabled';
}
export type RoleEntry = RoleFields & Entry;

export interface PermissionFields {
  /** What a check asks about, such as `orders.read`. */
  code: string;
  name: string;
  subject: string | null;
  action: string | null;
  scope: string | null;
}
export type PermissionEntry = PermissionFields & Entry;

/** Rows with an id and a name of their own, which definitions refer to. May throw DomainError `database.unavailable`. */
export abstract class Catalogue<Fields extends object> {
  abstract page(page: PageOf): Promise<(Fields & Entry)[]>;

  abstract find(id: string): Promise<(Fields & Entry) | undefined>;

  /** As `find`, and nobody changes, deletes or begins to refer to it until the transaction ends. */
  abstract hold(id: string, transaction: Queryable): Promise<(Fields & Entry) | undefined>;

  /**
   * The names of those among `ids` that there are, and the ids of those among `names`; none of them is deleted or
   * renamed until the transaction ends.
   */
  abstract named(ids: string[], names: string[], transaction: Queryable): Promise<{ id: string; name: string }[]>;

  /**
   * @param id where it must be a given one
   * @throws DomainError `policy.role-exists`, `policy.permission-exists`
   */
  abstract insert(fields: Fields, transaction: Queryable, id?: string): Promise<Fields & Entry>;

  /** @throws as `insert` */
  abstract update(id: string, fields: Fields, transaction: Queryable): Promise<Fields & Entry>;

  abstract delete(id: string, transaction: Queryable): Promise<void>;

  /** Whether a definition, or another row as its child, refers to it. */
  abstract isReferred(id: string, transaction: Queryable): Promise<boolean>;
}

export abstract class RoleCatalogue extends Catalogue<RoleFields> {}
export abstract class PermissionCatalogue extends Catalogue<PermissionFields> {}
