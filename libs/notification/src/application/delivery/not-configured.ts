import { DomainError } from '@platform/kernel';

/** What a sender throws that has nothing to send through: the job waits, and goes once somebody has configured it. */
export function notConfigured(what: string): DomainError {
  return new DomainError({
    code: 'notification.not-configured',
    kind: 'unavailable',
    message: `No usable configuration ${what}.`,
    level: 'warn',
  });
}
