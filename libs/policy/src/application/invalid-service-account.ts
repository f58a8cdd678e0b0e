import { DomainError } from '@platform/kernel';

/** The refusal of who is no service account of ours. Logged: a sister that is misconfigured, or somebody who tries. */
export function invalidServiceAccount(message: string): DomainError {
  return new DomainError({
    code: 'policy.invalid-service-account',
    kind: 'unauthenticated',
    level: 'info',
    message,
    scheme: 'Basic realm="internal", charset="UTF-8"', // RFC 7617, section 2.1
  });
}
