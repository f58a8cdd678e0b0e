import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { VARIANTS } from '../domain/definition.js';
import type { NewDefinition } from '../domain/new-definition.js';
import type { Actor } from './actor.js';
import { builtIn } from './administer-roles.js';
import { ADMINISTRATOR } from './administrators.js';
import { Authority } from './authority.js';
import { KeepAdministrator } from './keep-administrator.js';
import { policyEvent } from './policy-event.js';
import { PolicyDefinitions, type PolicyRecord } from './policy-definitions.js';

/** Ends a definition: what it allowed is allowed no more, what it denied is no longer denied. */
@Injectable()
export class RevokePolicy {
  constructor(
    private readonly database: Database,
    private readonly definitions: PolicyDefinitions,
    private readonly authority: Authority,
    private readonly keep: KeepAdministrator,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws DomainError `policy.definition-not-found`; `policy.cannot-grant` when it denies what the actor may not do;
   *   `policy.last-administrator`, `policy.built-in`
   */
  async execute(id: string, actor: Actor): Promise<void> {
    const record = await this.definitions.find(id); // it never changes: what is read here holds in the transaction
    if (!record) throw definitionNotFound();
    if (isAdministratorsGrant(record)) throw builtIn('That the role administrator may do everything stays.');
    const known = isKnown(record) ? [record] : [];
    const grantor = await this.authority.of(actor);
    await this.database.transaction(async (transaction) => {
      await grantor.assertMay('ends', known, transaction);
      if (!(await this.definitions.delete(id, transaction))) throw definitionNotFound();
      if (makesAdministrator(record)) await this.keep.assertMayLose(record.subjectId, transaction);
      await this.audit.record(policyEvent('policy.revoked', record, actor), transaction);
    });
  }
}

/** One of a variant that an older service wrote says nothing here. */
function isKnown(record: PolicyRecord): record is PolicyRecord & NewDefinition {
  return VARIANTS.some((variant) => variant === record.variant);
}

function isAdministratorsGrant({ variant, subjectType, subjectName, targetName, effect }: PolicyRecord): boolean {
  const ofRole = variant === 'grant' && subjectType === 'Role' && subjectName === ADMINISTRATOR;
  return ofRole && targetName === '*' && effect !== 'deny';
}

function makesAdministrator({ variant, subjectType, targetType, targetName, domain }: PolicyRecord): boolean {
  const ofUser = variant === 'assign_role' && subjectType === 'User';
  return ofUser && targetType === 'Role' && targetName === ADMINISTRATOR && domain === null;
}

export function definitionNotFound(): DomainError {
  const message = 'There is no such definition.';
  return new DomainError({ code: 'policy.definition-not-found', kind: 'not-found', message });
}
