import { Injectable } from '@nestjs/common';
import type { Principal } from '@platform/http';
import { Directory } from '@identity/users';

/** The principal of the token, with the names the account has now. */
@Injectable()
export class WhoAmI {
  constructor(private readonly directory: Directory) {}

  async execute({ userId, sessionId, roles }: Principal) {
    const identifiers = await this.directory.identifiersOf(userId);
    return { userId, sessionId, identifiers: identifiers.map(({ scheme, value }) => ({ scheme, value })), roles };
  }
}
