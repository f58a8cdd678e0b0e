import { poll } from '@platform/testing';
import type { TestService } from './start-service.js';

/** Until a sign-in has compared the password and begins its session, for which it waits: the test holds its user's row. */
export async function untilSignInWaits(service: TestService): Promise<void> {
  await poll('a sign-in that waits for the row of its user', 5, async () => {
    const waiting = await service.sql(`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%identity."Session"%'`);
    return waiting.length > 0 || undefined;
  });
}
