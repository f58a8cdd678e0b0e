import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database, ID_GENERATOR, isUniqueViolation } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';

const SECRET_BYTES = 32;
const NAME = /^[a-z][a-z0-9-]{1,62}$/;

/**
 * Makes a service account. Its secret has 256 random bits, so that a plain SHA-256 of it may be kept: there is nothing
 * to guess, and a check costs microseconds.
 */
@Injectable()
export class CreateServiceAccount {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {}

  /**
   * @returns the name and the secret, which is shown this once
   * @throws DomainError `request.invalid`, `policy.service-account-exists`
   */
  async execute(name: string, scopes: string[]): Promise<{ name: string; secret: string }> {
    if (!NAME.test(name)) throw invalidName();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const digest = createHash('sha256').update(secret).digest();
    try {
      await this.database.transaction(async (transaction) => {
        await transaction.query(
          'INSERT INTO identity."ServiceAccount" (id, name, digest, scopes) VALUES ($1, $2, $3, $4)',
          [this.ids.next(), name, digest, scopes],
        );
        const details = { name, scopes };
        const event = { action: 'service-account.created', outcome: 'success', actor: { type: 'operator' } } as const;
        await this.audit.record({ ...event, details }, transaction);
      });
    } catch (error) {
      throw isUniqueViolation(error, 'ServiceAccount_name_key') ? alreadyExists(name) : error;
    }
    return { name, secret };
  }
}

function invalidName(): DomainError {
  const message = 'A service account is named by 2 to 63 of a-z, 0-9 and -, a letter first.';
  return new DomainError({ code: 'request.invalid', kind: 'invalid', message });
}

function alreadyExists(name: string): DomainError {
  const message = `There is a service account ${name} already; its secret cannot be shown again.`;
  return new DomainError({ code: 'policy.service-account-exists', kind: 'conflict', message });
}
