import { poll } from '@platform/testing';
import type { Answer } from './client.js';
import type { TestService } from './start-service.js';

/**
 * Until a sign-in has compared the password and begins its session, for which it waits: the test holds its user's row.
 * Or until it is answered, when it has waited in vain.
 */
export async function untilSignInWaits(service: TestService, signIn: Promise<Answer>): Promise<void> {
  let isOver = false;
  void signIn.finally(() => (isOver = true));
  await poll('a sign-in that waits for the row of its user', 5, async () => {
    const waiting = await service.sql(`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%identity."Session"%'`);
    return waiting.length > 0 || isOver || undefined;
  });
}
