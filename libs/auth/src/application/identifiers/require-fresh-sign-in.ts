import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import type { Principal } from '@platform/http';
import { Directory, freshSignInRequired, FRESH_SIGN_IN_SECONDS } from '@identity/users';

/**
 * A token that lies about unattended must not be enough to change what names an account: whoever adds an address can
 * have the password reset (OWASP ASVS 7.5.1).
 */
@Injectable()
export class RequireFreshSignIn {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
  ) {}

  /** @throws DomainError `users.fresh-sign-in-required` */
  async execute({ authTime }: Principal): Promise<void> {
    if (!(await this.directory.isRecent(authTime, FRESH_SIGN_IN_SECONDS, this.database))) throw freshSignInRequired();
  }
}
