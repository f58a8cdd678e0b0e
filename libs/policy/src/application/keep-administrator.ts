import { Injectable } from '@nestjs/common';
import type { Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { AccountProtection } from '@identity/users';
import { Administrators } from './administrators.js';

/** Nobody can remove the last administrator: to be asked after the change, in its transaction. */
@Injectable()
export class KeepAdministrator extends AccountProtection {
  constructor(private readonly administrators: Administrators) {
    super();
  }

  /** One look-up for who is no administrator. @throws DomainError `policy.last-administrator` */
  async assertMayGo(userId: string, transaction: Queryable): Promise<void> {
    if (await this.administrators.has(userId, transaction)) await this.assertOneIsLeft(transaction);
  }

  /** Of a user who has just lost the role. @throws DomainError `policy.last-administrator` */
  async assertMayLose(userId: string, transaction: Queryable): Promise<void> {
    if (await this.administrators.isActive(userId, transaction)) await this.assertOneIsLeft(transaction);
  }

  /** Of users who may have been given the role just now. */
  async holdThose(userIds: string[], transaction: Queryable): Promise<void> {
    if (userIds.length > 0) await this.administrators.hold(userIds, transaction);
  }

  /** Of what may deny something to administrators. @throws DomainError `policy.last-administrator` */
  async assertOneMayAct(transaction: Queryable): Promise<void> {
    if (!(await this.administrators.canAnyAdminister(transaction)))
      throw lastAdministrator('By this no administrator could change any more who may do what.');
  }

  private async assertOneIsLeft(transaction: Queryable): Promise<void> {
    if (await this.administrators.isAnyLeft(transaction)) return;
    throw lastAdministrator('This would leave no active administrator.');
  }
}

function lastAdministrator(message: string): DomainError {
  return new DomainError({ code: 'policy.last-administrator', kind: 'conflict', message });
}
