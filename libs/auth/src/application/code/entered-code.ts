import type { OtpNamespace } from '@identity/otp';
import type { Locale } from '@identity/notification';
import type { CanonicalIdentifier } from '@identity/users';

/** A code as it was entered, for the challenge it belongs to. */
export interface EnteredCode {
  namespace: OtpNamespace;
  identifier: CanonicalIdentifier & { scheme: 'email' | 'phone' };
  challengeId: string;
  code: string;
  audience: string;
  /** What the client calls itself. */
  device?: string;
  locale: Locale;
}

/** The same, once the code was right. */
export type ProvenAddress = Pick<EnteredCode, 'identifier' | 'audience' | 'device' | 'locale'> & {
  /** Of the challenge: what waits for it. */
  digest: Buffer;
};
