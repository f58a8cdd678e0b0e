import { Injectable } from '@nestjs/common';
import { canonicaliseAll, type IdentifierScheme } from '../domain/identifier.js';
import { describeUser, UserViews } from './user-views.js';

/** Whose identifiers these are, for a sister service. */
@Injectable()
export class LookUpUsers {
  constructor(private readonly users: UserViews) {}

  /**
   * @returns in order, each identifier in the form under which it is kept
   * @throws DomainError `request.invalid` that names each malformed one
   */
  async execute(identifiers: readonly { scheme: IdentifierScheme; value: string }[]) {
    const canonical = canonicaliseAll(identifiers);
    const users = await this.users.byIdentifiers(canonical);
    return canonical.map(({ scheme, value }, at) => {
      const user = users[at];
      return { identifier: { scheme, value }, user: user ? describeUser(user) : null };
    });
  }
}
