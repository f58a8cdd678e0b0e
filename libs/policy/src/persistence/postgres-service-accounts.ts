import { Inject, Injectable } from '@nestjs/common';
import { ID_GENERATOR, isUniqueViolation, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';
import { ServiceAccounts } from '../application/service-accounts.js';

/** Service accounts in PostgreSQL. */
@Injectable()
export class PostgresServiceAccounts extends ServiceAccounts {
  constructor(@Inject(ID_GENERATOR) private readonly ids: IdGenerator) {
    super();
  }

  async add(account: { name: string; digest: Buffer; scopes: string[] }, transaction: Queryable): Promise<void> {
    try {
      await transaction.query(
        'INSERT INTO identity."ServiceAccount" (id, name, digest, scopes) VALUES ($1, $2, $3, $4)',
        [this.ids.next(), account.name, account.digest, account.scopes],
      );
    } catch (error) {
      throw isUniqueViolation(error, 'ServiceAccount_name_key') ? alreadyExists(account.name) : error;
    }
  }
}

function alreadyExists(name: string): DomainError {
  const message = `There is a service account ${name} already; its secret cannot be shown again.`;
  return new DomainError({ code: 'policy.service-account-exists', kind: 'conflict', message });
}
