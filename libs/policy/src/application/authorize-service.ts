import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { requestContext } from '@platform/telemetry';
import { includesScope } from '../domain/scopes.js';
import { invalidServiceAccount } from './invalid-service-account.js';
import { LiveServiceAccounts } from './live-service-accounts.js';
import { ServiceAccountFailures } from './service-account-failures.js';
import { ServiceAccountUse } from './service-account-use.js';
import type { LiveServiceAccount } from './service-accounts.js';

/** What nobody's secret digests to: an unknown name costs what a known one does. */
const NOBODY = Buffer.alloc(32);

/** Decides whether a sister service may do something, by its name and secret. No statement and no slow hash per call. */
@Injectable()
export class AuthorizeService {
  constructor(
    private readonly accounts: LiveServiceAccounts,
    private readonly failures: ServiceAccountFailures,
    private readonly use: ServiceAccountUse,
  ) {}

  /**
   * @param scope what the account must have, such as `users:read`
   * @returns at once while the accounts in memory are fresh and the secret is right
   * @throws DomainError `policy.invalid-service-account`, the same for an unknown name, a wrong secret and a revoked
   *   account; `policy.too-many-failures`, `policy.scope-missing`, `database.unavailable`
   */
  execute(
    credentials: { name: string; secret: string },
    scope: string,
  ): LiveServiceAccount | Promise<LiveServiceAccount> {
    const { name, secret } = credentials;
    const digest = hash('sha256', secret, 'buffer');
    const account = proven(this.accounts.atHand(name), digest);
    return account ? this.admit(account, scope) : this.lookUp(name, digest, scope);
  }

  private async lookUp(name: string, digest: Buffer, scope: string): Promise<LiveServiceAccount> {
    const account =
      proven(await this.accounts.find(name), digest) ?? proven(await this.accounts.findAgain(name), digest);
    if (!account) throw this.refusal();
    return this.admit(account, scope);
  }

  private admit(account: LiveServiceAccount, scope: string): LiveServiceAccount {
    if (!includesScope(account.scopes, scope)) throw scopeMissing(scope);
    this.use.note(account.id);
    return account;
  }

  /**
   * Whether an account that was let in would be again: it was not revoked since, nor given another secret or other scopes.
   * @throws DomainError `database.unavailable`
   */
  async stillMay({ name, digest }: LiveServiceAccount, scope: string): Promise<boolean> {
    const account = proven(await this.accounts.find(name), digest);
    return account !== undefined && includesScope(account.scopes, scope);
  }

  private refusal(): DomainError {
    const retryAfterMs = this.failures.note(requestContext().clientAddress);
    if (retryAfterMs === 0) return invalidServiceAccount('The name or the secret of the service account is wrong.');
    return new DomainError({
      code: 'policy.too-many-failures',
      kind: 'limited',
      limit: 'service-account-failures',
      message: 'Too many wrong secrets came from this address; the right one is still accepted.',
      retryAfterSeconds: Math.ceil(retryAfterMs / 1000),
    });
  }
}

function proven(account: LiveServiceAccount | undefined, digest: Buffer): LiveServiceAccount | undefined {
  const isRight = timingSafeEqual(digest, account?.digest ?? NOBODY);
  return isRight ? account : undefined;
}

function scopeMissing(scope: string): DomainError {
  const message = `This wants a service account with the scope ${scope}.`;
  return new DomainError({ code: 'policy.scope-missing', kind: 'forbidden', level: 'info', message });
}
