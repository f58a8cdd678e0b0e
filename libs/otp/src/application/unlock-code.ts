import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { maskIdentifier } from '@platform/kernel';
import type { CodeScheme } from '../domain/namespaces.js';
import { CodeStates } from './code-states.js';
import type { Slot } from './pending-codes.js';

interface Unlock {
  namespace: Slot['namespace'];
  /** `value` is canonical. */
  identifier: { scheme: CodeScheme; value: string };
}

/** Who ends the lock: an operator at the command line, or an administrator. */
type Actor = { type: 'operator' } | { type: 'user'; id: string };

/** Lets somebody ask for codes again who was locked out by wrong ones. */
@Injectable()
export class UnlockCode {
  constructor(
    private readonly states: CodeStates,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Told before it is done: an unlock of which nobody would know does not happen. Of several at once each may be told,
   * and one that Redis refuses is told too.
   * @returns whether there was a lock
   * @throws DomainError `otp.unavailable`, `database.unavailable`
   */
  async execute({ namespace, identifier }: Unlock, actor: Actor): Promise<boolean> {
    const { scheme, value } = identifier;
    const slot = { namespace, identifier: value };
    if (!(await this.states.inspect(slot)).lock) return false;
    const details = { namespace, scheme, identifier: maskIdentifier(value) };
    await this.audit.record({ action: 'otp.unlocked', outcome: 'success', actor, details });
    return await this.states.unlock(slot);
  }
}
