import { Injectable } from '@nestjs/common';
import { type Challenge, RequestCode } from '@identity/otp';
import type { Locale } from '@identity/notification';
import { type CanonicalIdentifier, phoneCountry, type Profile } from '@identity/users';
import { namesIn } from '../../domain/password/context-words.js';
import { assertAcceptablePassword } from '../../domain/password/password-policy.js';
import { PasswordHasher } from '../password/password-hasher.js';
import { PendingSignUps } from './pending-sign-ups.js';

interface SignUpByCode {
  identifier: CanonicalIdentifier & { scheme: 'email' | 'phone' };
  password: string;
  profile: Profile;
  locale: Locale;
}

/**
 * Signs a person up by an address that is proven by a code first. No user is touched, and nobody is looked up: for an
 * address that has an account the same is done, and the worker writes its owner another mail.
 */
@Injectable()
export class RequestSignUp {
  constructor(
    private readonly hasher: PasswordHasher,
    private readonly codes: RequestCode,
    private readonly pending: PendingSignUps,
  ) {}

  /** @throws DomainError `request.invalid`, `auth.busy`, `otp.…`, `database.unavailable` */
  async execute({ identifier, password, profile, locale }: SignUpByCode): Promise<Challenge> {
    await assertAcceptablePassword(password, { identifiers: [identifier.value], names: namesIn(profile) });
    const passwordHash = await this.hasher.hash(password);
    const { scheme, value } = identifier;
    return await this.codes.execute(
      {
        namespace: scheme === 'email' ? 'verify-email' : 'phone-auth',
        identifier: { scheme, value },
        locale,
        claim: true,
        country: scheme === 'phone' ? phoneCountry(value) : undefined,
      },
      ({ digest, expiresAt }) => this.pending.add(digest, { identifier, passwordHash, profile }, expiresAt),
    );
  }
}
