import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import type { UserStatus } from '../domain/user.js';
import { ChangeUserStatus } from './change-user-status.js';
import { accountNotFound, Directory } from './directory.js';

/** An administrator disables and enables accounts of others. What is so already stays so, and nothing is recorded. */
@Injectable()
export class AdministerStatus {
  constructor(
    private readonly status: ChangeUserStatus,
    private readonly directory: Directory,
  ) {}

  /** @throws DomainError `users.own-account`, `users.not-found`, `users.status-conflict`, `policy.last-administrator` */
  async disable(userId: string, administrator: string): Promise<void> {
    if (userId === administrator) throw ownAccount();
    const changed = await this.status.disable(userId, { type: 'user', id: administrator });
    if (!changed) await this.assertIs(userId, 'disabled');
  }

  /** @throws DomainError `users.not-found`, `users.status-conflict` */
  async enable(userId: string, administrator: string): Promise<void> {
    const changed = await this.status.enable(userId, { type: 'user', id: administrator });
    if (!changed) await this.assertIs(userId, 'active');
  }

  private async assertIs(userId: string, wanted: UserStatus): Promise<void> {
    const user = await this.directory.find(userId);
    if (!user) throw accountNotFound();
    if (user.status !== wanted) throw statusConflict(user.status);
  }
}

/** Nobody could undo it but another one. */
function ownAccount(): DomainError {
  const message = 'You cannot disable your own account; ask another administrator.';
  return new DomainError({ code: 'users.own-account', kind: 'conflict', message });
}

function statusConflict(status: UserStatus): DomainError {
  return new DomainError({ code: 'users.status-conflict', kind: 'conflict', message: `The account is ${status}.` });
}
