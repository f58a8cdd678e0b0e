import { type Challenge, isServed, type OtpNamespace } from '@identity/otp';
import type { CanonicalIdentifier } from '@identity/users';
import { invalidRequest } from '@platform/kernel';
import type { Completion } from '../application/code/complete-challenge.js';
import type { IssueTokens } from '../application/session/issue-tokens.js';

type ProvableIdentifier = CanonicalIdentifier & { scheme: 'email' | 'phone' };

/**
 * The identifier, if codes for this purpose are sent to its sort.
 * @throws DomainError `request.invalid` on `identifier.scheme`
 */
export function provableFor(namespace: OtpNamespace, identifier: CanonicalIdentifier): ProvableIdentifier {
  const { scheme } = identifier;
  if (isServed(namespace, scheme)) return { ...identifier, scheme };
  throw invalidRequest([
    {
      path: 'identifier.scheme',
      code: 'not-for-this',
      message: `Codes for ${namespace} are not sent to a ${scheme}.`,
    },
  ]);
}

/** A challenge as it is answered. */
export function challengeOf({ challengeId, expiresAt, resendAvailableAt, codeLength }: Challenge) {
  return {
    challengeId,
    expiresAt: expiresAt.toISOString(),
    resendAvailableAt: resendAvailableAt.toISOString(),
    codeLength,
  };
}

/** What a right code led to, as it is answered. */
export function completionOf(completion: Completion, issue: IssueTokens) {
  if (completion.kind === 'reset') {
    const { resetToken, expiresAt } = completion.reset;
    return { resetToken, expiresAt: expiresAt.toISOString() };
  }
  const tokens = completion.grant && issue.execute(completion.grant);
  return completion.kind === 'verified' ? { verified: true, ...tokens } : tokens;
}
