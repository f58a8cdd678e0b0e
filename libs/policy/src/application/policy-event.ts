import type { AuditEvent } from '@platform/audit';
import { isId } from '@platform/kernel';
import type { NewDefinition } from '../domain/new-definition.js';
import type { Actor } from './actor.js';

type Told = Omit<NewDefinition, 'variant' | 'metadata'> & { id: string; variant: string };

/** What the audit trail tells of a definition that began or ended; of a user's one, as his event. */
export function policyEvent(action: 'policy.created' | 'policy.revoked', told: Told, actor: Actor): AuditEvent {
  const { id, variant, subjectType, subjectId, targetType, targetId, ...rest } = told;
  const isUser = subjectType === 'User' && isId(subjectId);
  const details = {
    policyId: id,
    variant,
    subject: `${subjectType}_${subjectId}`,
    target: `${targetType}_${targetId}`,
    action: rest.action,
    effect: rest.effect,
    domain: rest.domain,
  };
  return { action, outcome: 'success', actor, details, ...(isUser && { userId: subjectId }) };
}
