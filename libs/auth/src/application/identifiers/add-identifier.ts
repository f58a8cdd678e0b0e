import { Injectable } from '@nestjs/common';
import { DomainError, invalidRequest } from '@platform/kernel';
import type { Principal } from '@platform/http';
import { type Challenge, RequestCode } from '@identity/otp';
import type { Locale } from '@identity/notification';
import { type CanonicalIdentifier, Directory, phoneCountry } from '@identity/users';
import { PendingSignUps } from '../code/pending-sign-ups.js';
import { RequireFreshSignIn } from './require-fresh-sign-in.js';

/**
 * Asks for a code for one more address of the caller's account; it counts once the code was entered. An address that is
 * somebody else's gets the same answer: its owner is written to, and the caller learns nothing.
 */
@Injectable()
export class AddIdentifier {
  constructor(
    private readonly fresh: RequireFreshSignIn,
    private readonly directory: Directory,
    private readonly codes: RequestCode,
    private readonly pending: PendingSignUps,
  ) {}

  /** @throws DomainError `users.fresh-sign-in-required`, `users.identifier-taken` for one's own, `request.invalid`, `otp.…` */
  async execute(principal: Principal, identifier: CanonicalIdentifier, locale: Locale): Promise<Challenge> {
    const { scheme, value } = identifier;
    if (scheme === 'username') throw notProvable();
    await this.fresh.execute(principal);
    const { userId } = principal;
    const own = await this.directory.identifiersOf(userId);
    if (own.some((each) => each.scheme === scheme && each.value === value)) throw ownAlready();
    const country = scheme === 'phone' ? phoneCountry(value) : undefined;
    const namespace = scheme === 'email' ? 'verify-email' : 'phone-auth';
    return await this.codes.execute(
      { namespace, identifier: { scheme, value }, locale, claim: true, country },
      ({ digest, expiresAt }) => this.pending.add(digest, { identifier, profile: {}, userId }, expiresAt),
    );
  }
}

function notProvable(): DomainError {
  return invalidRequest([
    {
      path: 'identifier.scheme',
      code: 'not-provable',
      message: 'Only an e-mail address or a phone number can be added.',
    },
  ]);
}

function ownAlready(): DomainError {
  return new DomainError({ code: 'users.identifier-taken', kind: 'conflict', message: 'It is yours already.' });
}
