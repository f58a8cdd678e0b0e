import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database, type Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { SYSTEM_WIDE } from '../domain/definition.js';
import { EVERYTHING } from '../domain/hierarchy.js';
import type { Actor } from './actor.js';
import { builtIn, stillReferred } from './administer-roles.js';
import { Authority } from './authority.js';
import { PermissionCatalogue, type PermissionEntry, type PermissionFields } from './catalogue.js';

/** Makes, changes and deletes permissions: the names of what definitions allow. */
@Injectable()
export class AdministerPermissions {
  constructor(
    private readonly database: Database,
    private readonly permissions: PermissionCatalogue,
    private readonly authority: Authority,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `policy.permission-exists` */
  async create(fields: PermissionFields, actor: Actor): Promise<PermissionEntry> {
    return await this.database.transaction(async (transaction) => {
      const permission = await this.permissions.insert(fields, transaction);
      await this.record('permission.created', permission, actor, transaction);
      return permission;
    });
  }

  /**
   * @param changes the fields to be set
   * @throws DomainError `policy.permission-not-found`, `policy.permission-exists`, `policy.built-in`;
   *   `policy.cannot-grant` when definitions refer to it and the actor may not do everything with the old code and the
   *   new one: they come to mean another thing
   */
  async change(id: string, changes: Partial<PermissionFields>, actor: Actor): Promise<PermissionEntry> {
    const grantor = await this.authority.of(actor);
    return await this.database.transaction(async (transaction) => {
      const permission = await this.permissions.hold(id, transaction);
      if (!permission) throw permissionNotFound();
      const next = { ...permission, ...changes };
      if (next.code !== permission.code) {
        if (permission.code === EVERYTHING) throw builtIn('The code of the permission for everything stays.');
        if (await this.permissions.isReferred(id, transaction)) grantor.assertHas([permission, next].map(allOf));
      }
      const changed = await this.permissions.update(id, next, transaction);
      if (next.code !== permission.code) await this.authority.assertSomebodyMayUndo(transaction);
      await this.record('permission.changed', changed, actor, transaction);
      return changed;
    });
  }

  /** @throws DomainError `policy.permission-not-found`, `policy.built-in`, `policy.still-referred` */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const permission = await this.permissions.hold(id, transaction);
      if (!permission) throw permissionNotFound();
      if (permission.code === EVERYTHING) throw builtIn('The permission for everything cannot be deleted.');
      // Looked up once the row is held: who began to refer to it before has ended, and nobody does after.
      if (await this.permissions.isReferred(id, transaction)) throw stillReferred('permission');
      await this.permissions.delete(id, transaction);
      await this.record('permission.deleted', permission, actor, transaction);
    });
  }

  private async record(
    action: string,
    { id, code }: PermissionEntry,
    actor: Actor,
    transaction: Queryable,
  ): Promise<void> {
    const details = { permissionId: id, code };
    await this.audit.record({ action, outcome: 'success', actor, details }, transaction);
  }
}

function allOf({ code }: PermissionFields) {
  return { object: code, action: '*', domain: SYSTEM_WIDE, heldIn: '*' };
}

export function permissionNotFound(): DomainError {
  const message = 'There is no such permission.';
  return new DomainError({ code: 'policy.permission-not-found', kind: 'not-found', message });
}
