import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import type { Queryable } from '@platform/database';
import { DomainError, maskIdentifier } from '@platform/kernel';
import type { Locale } from '@identity/notification';
import { accountNotFound, type CanonicalIdentifier, Directory } from '@identity/users';
import { TellOwner } from '../tell-owner.js';

/** What an account is called besides its first name; a bound on what one account can hold. */
const MAX_IDENTIFIERS = 10;

/** An identifier that an account has now. */
export interface AddedIdentifier {
  userId: string;
  identifier: CanonicalIdentifier;
}

/** Gives an account an address that was proven to be its owner's. */
@Injectable()
export class AttachIdentifier {
  constructor(
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    private readonly tellOwner: TellOwner,
  ) {}

  /** @throws DomainError `users.identifier-taken`, `users.too-many-identifiers`, `users.not-found` */
  async within(userId: string, identifier: CanonicalIdentifier, transaction: Queryable): Promise<AddedIdentifier> {
    const outcome = await this.directory.addIdentifier(userId, identifier, MAX_IDENTIFIERS, transaction);
    if (outcome === 'not-active') throw accountNotFound();
    if (outcome === 'too-many') throw tooMany();
    const details = { scheme: identifier.scheme, identifier: maskIdentifier(identifier.value) };
    const actor = { type: 'user', id: userId } as const;
    await this.audit.record(
      { action: 'user.identifier-added', outcome: 'success', actor, userId, details },
      transaction,
    );
    return { userId, identifier };
  }

  /** To be called after the commit. */
  async tell({ userId, identifier }: AddedIdentifier, locale: Locale): Promise<void> {
    const values = { identifier: maskIdentifier(identifier.value) };
    await this.tellOwner.execute({ userId, template: 'identifier-added', locale, values });
  }
}

function tooMany(): DomainError {
  return new DomainError({
    code: 'users.too-many-identifiers',
    kind: 'conflict',
    message: `An account has at most ${MAX_IDENTIFIERS} identifiers.`,
  });
}
