import type { INestApplicationContext } from '@nestjs/common';
import type { IdentifierScheme } from '@identity/users';
import { isId } from '@platform/kernel';

/**
 * The id of the user that an operator named: an id, or an identifier as `email:ana@example.com`.
 * @throws Error when there is no such user
 */
export async function findUser(service: INestApplicationContext, name: string): Promise<string> {
  const { canonicalise, Directory } = await import('./libraries/users.js');
  const directory = service.get(Directory);
  const [, scheme, value] = /^(email|phone|username):(.+)$/.exec(name) ?? [];
  const userId =
    scheme === undefined || value === undefined
      ? isId(name) && (await directory.find(name))?.id
      : (await directory.findForSignIn(canonicalise({ scheme: scheme as IdentifierScheme, value })))?.userId;
  if (!userId) throw new Error(`there is no user ${name}; name one by id, or as email:…, phone:… or username:…`);
  return userId;
}
