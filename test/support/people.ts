import type { Tokens } from './client.js';
import type { TestService } from './start-service.js';

/** A new account with the role `administrator`, as `identity admin create` makes one, past the service. */
export async function makeAdministrator(service: TestService): Promise<Tokens & { username: string; userId: string }> {
  const account = await service.client.signUp();
  await service.sql(
    `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
     VALUES ($1::bigint, 'assign_role', 'User', $1::text, 'Role', '1')`,
    [account.userId],
  );
  return account;
}
