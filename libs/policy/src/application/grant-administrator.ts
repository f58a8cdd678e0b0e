import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import type { Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { type CanonicalIdentifier, Directory } from '@identity/users';
import { Roles } from './roles.js';

const OPERATOR = { type: 'operator' } as const;

/** Makes an operator's choice an administrator, within the caller's transaction: role and audit event together. */
@Injectable()
export class GrantAdministrator {
  constructor(
    private readonly directory: Directory,
    private readonly roles: Roles,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns whether the user was none before; if he was, nothing is done
   * @throws DomainError `policy.user-not-active`
   */
  async toUser(userId: string, transaction: Queryable): Promise<boolean> {
    const status = await this.directory.holdStatus(userId, transaction);
    if (status !== 'active') throw notActive(userId, status);
    return await this.grant(userId, 'user.administrator-granted', transaction);
  }

  /**
   * @returns the id of the new account
   * @throws DomainError `users.identifier-taken`
   */
  async toNewUser(
    account: { identifier: CanonicalIdentifier; passwordHash: string },
    transaction: Queryable,
  ): Promise<string> {
    const userId = await this.directory.create({ ...account, verified: true }, transaction);
    await this.grant(userId, 'user.administrator-created', transaction);
    return userId;
  }

  private async grant(userId: string, action: string, transaction: Queryable): Promise<boolean> {
    const assigned = await this.roles.assign(userId, 'administrator', transaction);
    if (assigned) await this.audit.record({ action, outcome: 'success', actor: OPERATOR, userId }, transaction);
    return assigned;
  }
}

function notActive(userId: string, status = 'deleted'): DomainError {
  const remedy = status === 'disabled' ? `; enable it first: identity users enable ${userId}` : '';
  const message = `The account ${userId} is ${status} and cannot be made an administrator${remedy}.`;
  return new DomainError({ code: 'policy.user-not-active', kind: 'conflict', message });
}
