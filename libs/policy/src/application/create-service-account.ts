import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError, invalidRequest } from '@platform/kernel';
import { isScope, rightOf, type Scope, SCOPES } from '../domain/scopes.js';
import { SERVICE_ACCOUNT_NAME } from '../domain/service-account-name.js';
import type { Actor } from './actor.js';
import { Authority } from './authority.js';
import { MAX_SERVICE_ACCOUNTS, ServiceAccounts } from './service-accounts.js';

const SECRET_BYTES = 32;

export interface ServiceAccountOrder {
  name: string;
  /** One of `SCOPES` each, one at least. */
  scopes: readonly string[];
  /** One that the caller has made and kept; made here when absent. */
  secret?: string;
  /** Gives an account that is there already this secret and these scopes. */
  replace?: boolean;
}

/**
 * Makes a service account. Its secret has 256 random bits, so that a plain SHA-256 of it may be kept: there is nothing
 * to guess, and a check costs microseconds.
 */
@Injectable()
export class CreateServiceAccount {
  constructor(
    private readonly database: Database,
    private readonly accounts: ServiceAccounts,
    private readonly authority: Authority,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Does nothing for an account that is as ordered already: who was interrupted orders again.
   * @returns what was done, and a secret that was made here, which is shown this once
   * @throws DomainError `request.invalid`, `policy.service-account-exists`, `policy.too-many-service-accounts`;
   *   `policy.cannot-grant` when the actor may not do himself what the scopes let a service do, or replaces an account,
   *   whose scopes may be any, and may not do everything
   */
  async execute({ name, scopes: wanted, secret: given, replace = false }: ServiceAccountOrder, actor: Actor) {
    if (!SERVICE_ACCOUNT_NAME.test(name))
      throw invalid('name', 'A service account is named by 2 to 63 of a-z, 0-9 and -, a letter first.');
    const scopes = known(wanted);
    if (given !== undefined) assertLongEnough(given);
    (await this.authority.of(actor)).assertHas([...scopes, ...(replace ? (['*'] as const) : [])].map(rightOf));
    const secret = given ?? randomBytes(SECRET_BYTES).toString('base64url');
    const digest = createHash('sha256').update(secret).digest();
    const { id, result } = await this.database.transaction(async (transaction) => {
      const done = await this.accounts.put({ name, digest, scopes }, replace, transaction);
      if (done.result !== 'unchanged') {
        if ((await this.accounts.countLive(transaction)) > MAX_SERVICE_ACCOUNTS) throw tooMany();
        const event = { outcome: 'success', actor, details: { id: done.id, name, scopes } } as const;
        await this.audit.record({ ...event, action: `service-account.${done.result}` }, transaction);
      }
      return done;
    });
    return { id, name, result, ...(given === undefined && { secret }) };
  }
}

/** Each once. */
function known(wanted: readonly string[]): Scope[] {
  const scopes = [...new Set(wanted)];
  if (scopes.length > 0 && scopes.every(isScope)) return scopes;
  throw invalid('scopes', `A service account has one or more of the scopes ${SCOPES.join(', ')}.`);
}

/** Only the length can be seen; that it is random is the caller's word. */
function assertLongEnough(secret: string): void {
  const encoding = /^[\da-f]+$/i.test(secret) ? 'hex' : 'base64';
  if (/^[\w+/-]+={0,2}$/.test(secret) && Buffer.from(secret, encoding).length >= SECRET_BYTES) return;
  throw invalid(
    'secret',
    `A secret is at least ${SECRET_BYTES} random bytes in hex or base64: \`openssl rand -base64 32\`.`,
  );
}

/** Past that many the newest would be refused wherever it called. */
function tooMany(): DomainError {
  const message = `There are ${MAX_SERVICE_ACCOUNTS} service accounts; revoke one that is not used any more.`;
  return new DomainError({ code: 'policy.too-many-service-accounts', kind: 'conflict', message });
}

function invalid(path: string, message: string): DomainError {
  return invalidRequest([{ path, code: 'not-usable', message }]);
}
