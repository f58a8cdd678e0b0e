import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError, invalidRequest } from '@platform/kernel';
import type { PolicyDraft } from '../domain/new-definition.js';
import type { Actor } from './actor.js';
import { Authority } from './authority.js';
import { policyEvent } from './policy-event.js';
import { PolicyDefinitions } from './policy-definitions.js';
import { ResolveDrafts } from './resolve-drafts.js';

/** Writes one definition. */
@Injectable()
export class DefinePolicy {
  constructor(
    private readonly database: Database,
    private readonly definitions: PolicyDefinitions,
    private readonly resolve: ResolveDrafts,
    private readonly authority: Authority,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param draft as its schema accepts it
   * @param options `createMissing` makes a role or permission that is named and not there
   * @returns the id of the definition
   * @throws DomainError `request.invalid` when it refers to what is not there; `policy.definition-exists`;
   *   `policy.cannot-grant`; `policy.last-administrator`
   */
  async execute(draft: PolicyDraft, actor: Actor, { createMissing = false } = {}): Promise<string> {
    const grantor = await this.authority.of(actor);
    const maker = createMissing ? actor : undefined;
    return await this.database.transaction(async (transaction) => {
      const { definitions, errors } = await this.resolve.execute([{ at: '', draft }], maker, transaction);
      const [definition] = definitions;
      if (errors.length > 0 || !definition) throw invalidRequest(errors);
      await grantor.assertMay('begins', [definition], transaction);
      const [written] = await this.definitions.insert([definition], transaction);
      if (!written) throw definitionExists();
      await this.authority.assertUndoable([definition], transaction);
      await this.audit.record(policyEvent('policy.created', written, actor), transaction);
      return written.id;
    });
  }
}

function definitionExists(): DomainError {
  const message = 'There is such a definition already.';
  return new DomainError({ code: 'policy.definition-exists', kind: 'conflict', message });
}
