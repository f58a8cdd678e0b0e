import { poll } from '@platform/testing';
import type { Answer } from './client.js';
import type { TestService } from './start-service.js';

/**
 * Until so many statements wait for a row that the test holds, or all who sent them are answered: they waited in vain.
 * @param like a pattern of their text
 */
export async function untilWaiting(
  service: TestService,
  like: string,
  answers: Promise<unknown>,
  times = 1,
): Promise<void> {
  let areOver = false;
  void answers.finally(() => (areOver = true));
  await poll('statements that wait for a row', 5, async () => {
    const waiting = await service.sql(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [like],
    );
    return waiting.length >= times || areOver || undefined;
  });
}

/** The same of a sign-in that has compared the password and begins its session: the test holds its user's row. */
export async function untilSignInWaits(service: TestService, signIn: Promise<Answer>): Promise<void> {
  await untilWaiting(service, '%identity."Session"%', signIn);
}
