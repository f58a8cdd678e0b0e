import type { Directory } from '@identity/users';
import { namesIn, type PasswordContext } from '../../domain/password/context-words.js';

/**
 * Whose password it is to be: what a guesser would try first.
 * @throws DomainError `database.unavailable`
 */
export async function passwordContextOf(directory: Directory, userId: string): Promise<PasswordContext> {
  const [user, identifiers] = await Promise.all([directory.find(userId), directory.identifiersOf(userId)]);
  return { identifiers: identifiers.map(({ value }) => value), names: namesIn(user?.profile) };
}
