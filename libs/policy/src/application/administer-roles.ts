import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database, type Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { rightsOfRole } from '../domain/rights.js';
import { EFFECTS } from '../domain/definition.js';
import type { Actor } from './actor.js';
import { ADMINISTRATOR } from './administrators.js';
import { Authority, type Grantor } from './authority.js';
import { type RoleEntry, RoleCatalogue, type RoleFields } from './catalogue.js';
import { PolicyDefinitions } from './policy-definitions.js';

/** Makes, changes and deletes roles; what they give is the business of definitions. */
@Injectable()
export class AdministerRoles {
  constructor(
    private readonly database: Database,
    private readonly roles: RoleCatalogue,
    private readonly definitions: PolicyDefinitions,
    private readonly authority: Authority,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `policy.role-exists` */
  async create(fields: RoleFields, actor: Actor): Promise<RoleEntry> {
    return await this.database.transaction(async (transaction) => {
      const role = await this.roles.insert(fields, transaction);
      await this.record('role.created', role, actor, transaction);
      return role;
    });
  }

  /**
   * @param changes the fields to be set
   * @throws DomainError `policy.role-not-found`, `policy.role-exists`, `policy.built-in`; `policy.cannot-grant` when the
   *   role is enabled or disabled and gives, or denies, what the actor may not do himself; also when identifier or
   *   priority of a role that definitions refer to change, and he may not do everything
   */
  async change(id: string, changes: Partial<RoleFields>, actor: Actor): Promise<RoleEntry> {
    const grantor = await this.authority.of(actor);
    return await this.database.transaction(async (transaction) => {
      const role = await this.roles.hold(id, transaction);
      if (!role) throw roleNotFound();
      const next = { ...role, ...changes };
      if (role.identifier === ADMINISTRATOR && (next.identifier !== role.identifier || next.status !== 'active'))
        throw builtIn('The role administrator can be neither renamed nor disabled.');
      if (next.identifier !== role.identifier || next.priority !== role.priority)
        await this.assertMayRank(id, grantor, transaction);
      if (next.status !== role.status) await this.assertMaySwitch(next, grantor, transaction);
      const changed = await this.roles.update(id, next, transaction);
      if (next.status !== role.status) await this.authority.assertSomebodyMayUndo(transaction);
      await this.record('role.changed', changed, actor, transaction);
      return changed;
    });
  }

  /** @throws DomainError `policy.role-not-found`, `policy.built-in`, `policy.still-referred` */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const role = await this.roles.hold(id, transaction);
      if (!role) throw roleNotFound();
      if (role.identifier === ADMINISTRATOR) throw builtIn('The role administrator cannot be deleted.');
      // Looked up once the row is held: who began to refer to it before has ended, and nobody does after.
      if (await this.roles.isReferred(id, transaction)) throw stillReferred('role');
      await this.roles.delete(id, transaction);
      await this.record('role.deleted', role, actor, transaction);
    });
  }

  /** Identifier and priority stand in the tokens of who has the role, and others decide by them: nobody knows what. */
  private async assertMayRank(id: string, grantor: Grantor, transaction: Queryable): Promise<void> {
    if (!(await this.roles.isReferred(id, transaction))) return;
    grantor.assertHasEverything();
  }

  /** A role that is enabled gives what it allows and takes what it denies; one that is disabled gives back what it denied. */
  private async assertMaySwitch({ id, status }: RoleEntry, grantor: Grantor, transaction: Queryable): Promise<void> {
    const rules = (await this.definitions.rulesOfRoles([id], transaction)).get(id) ?? [];
    grantor.assertHas(rightsOfRole(rules, status === 'active' ? EFFECTS : ['deny']));
  }

  private async record(
    action: string,
    { id, identifier, priority, status }: RoleEntry,
    actor: Actor,
    transaction: Queryable,
  ): Promise<void> {
    const details = { roleId: id, identifier, priority, status };
    await this.audit.record({ action, outcome: 'success', actor, details }, transaction);
  }
}

export function roleNotFound(): DomainError {
  return new DomainError({ code: 'policy.role-not-found', kind: 'not-found', message: 'There is no such role.' });
}

/** The refusal to take from the administrator what the role is. */
export function builtIn(message: string): DomainError {
  return new DomainError({ code: 'policy.built-in', kind: 'conflict', message });
}

export function stillReferred(what: 'role' | 'permission'): DomainError {
  const message = `Definitions refer to this ${what}; revoke them first.`;
  return new DomainError({ code: 'policy.still-referred', kind: 'conflict', message });
}
