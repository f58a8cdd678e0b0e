import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database, type Queryable } from '@platform/database';
import { invalidRequest } from '@platform/kernel';
import type { Actor } from '../actor.js';
import { Authority } from '../authority.js';
import { policyEvent } from '../policy-event.js';
import { PolicyDefinitions, type WrittenDefinition } from '../policy-definitions.js';
import { ResolveDrafts } from '../resolve-drafts.js';
import { type PolicyFormat, readPolicyFile } from './policy-file.js';

const BATCH = 2000;
/** For as many lines as an operator may have; what comes over HTTP is small, and must be answered within a second. */
const OPERATORS_DEADLINE_MS = 600_000;

interface ImportOptions {
  /** Makes roles and permissions that are named and not there. */
  createMissing?: boolean;
  /** Told after each batch. */
  onProgress?: (done: number, all: number) => void;
}

/** Writes all the definitions of a file, or none. */
@Injectable()
export class ImportPolicies {
  constructor(
    private readonly database: Database,
    private readonly definitions: PolicyDefinitions,
    private readonly resolve: ResolveDrafts,
    private readonly authority: Authority,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns how many were written, and how many were there already
   * @throws DomainError `request.invalid`, which names up to 20 lines and fields; `policy.cannot-grant`
   */
  async execute(file: { content: string; format: PolicyFormat }, actor: Actor, options: ImportOptions = {}) {
    const { drafts, errors } = readPolicyFile(file.content, file.format);
    if (errors.length > 0) throw invalidRequest(errors);
    const grantor = await this.authority.of(actor);
    const deadlineMs = actor.type === 'operator' ? OPERATORS_DEADLINE_MS : undefined;
    return await this.database.transaction(async (transaction) => {
      const resolved = await this.resolve.execute(drafts, options.createMissing ? actor : undefined, transaction);
      if (resolved.errors.length > 0) throw invalidRequest(resolved.errors);
      const { definitions } = resolved;
      await grantor.assertMay('begins', definitions, transaction);
      let created = 0;
      for (let done = 0; done < definitions.length; done += BATCH) {
        const batch = definitions.slice(done, done + BATCH);
        const written = await this.definitions.insert(batch, transaction);
        created += written.length;
        await this.tell(written, actor, transaction);
        options.onProgress?.(done + batch.length, definitions.length);
      }
      await this.authority.assertUndoable(definitions, transaction);
      const counts = { created, unchanged: definitions.length - created };
      await this.audit.record({ action: 'policy.imported', outcome: 'success', actor, details: counts }, transaction);
      return counts;
    }, deadlineMs);
  }

  /** What a user writes in a file is told of as if he had written it by itself; of an operator's many lines the number is. */
  private async tell(written: readonly WrittenDefinition[], actor: Actor, transaction: Queryable): Promise<void> {
    if (actor.type !== 'user' || written.length === 0) return;
    const events = written.map((each) => policyEvent('policy.created', each, actor));
    await this.audit.recordAll(events, transaction);
  }
}
