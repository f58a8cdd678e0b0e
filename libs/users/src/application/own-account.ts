import { Injectable } from '@nestjs/common';
import { invalidRequest } from '@platform/kernel';
import { accountNotFound, Directory } from './directory.js';
import { PROFILE_LIMIT } from '../domain/profile.js';

/** The caller's own account, as it is shown and changed. */
@Injectable()
export class OwnAccount {
  constructor(private readonly directory: Directory) {}

  /** @throws DomainError `users.not-found` */
  async read(userId: string) {
    const [user, identifiers] = await Promise.all([this.directory.find(userId), this.directory.identifiersOf(userId)]);
    // A guard that remembers the session for some seconds lets the requests of an erased account through.
    if (!user || user.status === 'deleted') throw accountNotFound();
    return {
      id: user.id,
      status: user.status,
      type: user.type,
      profile: user.profile,
      identifiers: identifiers.map(({ id, scheme, value, display, verifiedAt }) => ({
        id,
        scheme,
        value,
        display,
        verifiedAt: verifiedAt?.toISOString() ?? null,
      })),
      createdAt: user.createdAt.toISOString(),
      lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
    };
  }

  /** @throws DomainError `users.not-found`; `request.invalid` when the profile would hold more than its limit */
  async patchProfile(userId: string, changes: Record<string, unknown>): Promise<void> {
    const outcome = await this.directory.patchProfile(userId, changes, PROFILE_LIMIT);
    if (outcome === 'changed') return;
    if (outcome === 'not-active') throw accountNotFound();
    throw invalidRequest([{ path: 'profile', code: 'too-big', message: `holds more than ${PROFILE_LIMIT} members` }]);
  }
}
