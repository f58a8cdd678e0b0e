import { GrantAdministrator } from '@identity/policy';
import { Database } from '@platform/database';
import type { TestService } from './start-service.js';

/** Somebody who may do everything, signed in. */
export async function signUpAdministrator(service: TestService) {
  const person = await service.client.signUp();
  const [database, grant] = [service.app.get(Database), service.app.get(GrantAdministrator, { strict: false })];
  await database.transaction((transaction) => grant.toUser(person.userId, transaction));
  return person;
}
