import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChangeUserStatus } from '@identity/users';
import { DomainError } from '@platform/kernel';
import { poll } from '@platform/testing';
import type { Answer, Tokens } from '../support/client.js';
import { atOnce, tally } from '../support/races.js';
import { auditCount, liveSessions, sessionRow } from '../support/records.js';
import { untilAvailable } from '../support/retries.js';
import { startService, type TestService } from '../support/start-service.js';
import { untilSignInWaits } from '../support/held-rows.js';

const DAY = 86_400;
const OPERATOR = { type: 'operator', id: 'test' } as const;

let service: TestService;

beforeAll(async () => {
  // Races end in refusals, which must not lock the address that all of them come from.
  service = await startService({ env: { SIGN_IN_MAX_FAILURES: '1000' } });
});
afterAll(async () => {
  await service.stop();
});

/** Many at once wait for one row: on a busy machine the last of them for longer than a statement may take. */
function refresh(refreshToken: string): Promise<Answer> {
  return untilAvailable(() => service.client.refresh(refreshToken));
}

async function refreshed(refreshToken: string): Promise<Tokens> {
  const answer = await refresh(refreshToken);
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
}

/** Lets a session's last rotation be so many seconds ago. */
async function rotatedBefore(seconds: number, sessionId: string): Promise<void> {
  await service.sql('UPDATE identity."Session" SET rotated_at = now() - make_interval(secs => $2) WHERE id = $1', [
    sessionId,
    seconds,
  ]);
}

/** An ended session may be remembered as live for five seconds, no longer. */
async function expectTurnedAway(accessToken: string): Promise<void> {
  await poll('the end of the access token', 5, async () => {
    const { status } = await service.client.get('/auth/who-am-i', accessToken);
    return status === 401 || undefined;
  });
}

function expectInvalid(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'auth.invalid-refresh-token' } });
}

/** What was too late to be told may have been done: asked again, it changes nothing. */
async function disable(userId: string): Promise<void> {
  let late = false;
  const changed = await poll('the disabling', 15, () =>
    service.app
      .get(ChangeUserStatus)
      .disable(userId, OPERATOR)
      .catch((error: unknown) => {
        if (!(error instanceof DomainError && error.code === 'database.unavailable')) throw error;
        late = true;
        return undefined;
      }),
  );
  expect(changed || late).toBe(true);
}

describe('refreshing in many tabs at once', () => {
  it('gives 50 parallel refreshes of one token one successor, and the session lives', async () => {
    const { client } = service;
    const { refreshToken, sessionId, userId } = await client.signUp();
    await rotatedBefore(DAY, sessionId); // the grace begins with this rotation, not with the one before
    const answers = await atOnce(50, () => refresh(refreshToken));
    expect(tally(answers)).toEqual({ 200: 50 });
    const successors = new Set(answers.map(({ body }) => body.refreshToken as string));
    expect(successors.size).toBe(1);
    expect(await sessionRow(service, sessionId)).toMatchObject({ ended: false, counter: 1 });
    const [successor = ''] = successors;
    expect(successor).not.toBe(refreshToken);
    const next = await refreshed(successor);
    expect(next.sessionId).toBe(sessionId);
    const me = await client.get('/auth/who-am-i', next.accessToken);
    expect(me).toMatchObject({ status: 200, body: { userId, sessionId } });
  });

  it('answers the token before with the same successor until the grace ends', async () => {
    const { refreshToken, sessionId } = await service.client.signUp();
    const successor = await refreshed(refreshToken);
    await rotatedBefore(25, sessionId);
    expect((await refreshed(refreshToken)).refreshToken).toBe(successor.refreshToken);
    expect(await sessionRow(service, sessionId)).toMatchObject({ ended: false, counter: 1 });
  });
});

describe('a refresh token that somebody copied', () => {
  it.each([
    ['after the grace', 1, 31],
    ['older than the one before, within the grace', 2, 0],
  ])('ends the session: %s', async (_when, rotations, secondsAgo) => {
    const { client } = service;
    const { refreshToken, sessionId, userId } = await client.signUp();
    let latest = await refreshed(refreshToken);
    for (let done = 1; done < rotations; done += 1) latest = await refreshed(latest.refreshToken);
    await rotatedBefore(secondsAgo, sessionId);
    const replays = await atOnce(20, () => refresh(refreshToken));
    replays.forEach(expectInvalid);
    expect(await sessionRow(service, sessionId)).toMatchObject({ ended: true, end_reason: 'theft' });
    expect(await auditCount(service, 'session.theft-detected', userId)).toBe(1);
    expectInvalid(await refresh(latest.refreshToken));
    await expectTurnedAway(latest.accessToken);
  });

  it('leaves the other sessions of the person alone', async () => {
    const { client } = service;
    const { refreshToken, username, sessionId } = await client.signUp();
    const other = (await client.signIn(username)).body as Tokens;
    await refreshed(refreshToken);
    await rotatedBefore(31, sessionId);
    expectInvalid(await refresh(refreshToken));
    expect((await refreshed(other.refreshToken)).sessionId).toBe(other.sessionId);
  });
});

describe('refreshing while the session ends', () => {
  it('leaves no session behind when sign-out races refresh', async () => {
    const { client } = service;
    const sessions = await atOnce(25, () => client.signUp());
    await Promise.all(
      sessions.map(async ({ refreshToken, sessionId }, index) => {
        // Both orders of arrival.
        const stay = () => refresh(refreshToken);
        const signOut = () => untilAvailable(() => client.post('/auth/sign-out', { refreshToken }));
        const [first, second] = await Promise.all(index % 2 ? [stay(), signOut()] : [signOut(), stay()]);
        const [answer, gone] = index % 2 ? [first, second] : [second, first];
        expect(gone.status).toBe(204);
        expect([200, 401]).toContain(answer.status);
        expect(await sessionRow(service, sessionId)).toMatchObject({ ended: true, end_reason: 'signed-out' });
        expectInvalid(await refresh(refreshToken));
        if (answer.status === 200) expectInvalid(await refresh(answer.body.refreshToken as string));
      }),
    );
  });

  it('leaves nobody who is disabled with a session when disabling races refresh', async () => {
    const { client } = service;
    const people = await atOnce(20, () => client.signUp());
    const tokens = await Promise.all(
      people.map(async ({ userId, refreshToken, accessToken }) => {
        const [first, , second] = await Promise.all([refresh(refreshToken), disable(userId), refresh(refreshToken)]);
        expect(await liveSessions(service, userId)).toBe(0);
        const won = [first, second].filter(({ status }) => status === 200).map(({ body }) => body as Tokens);
        for (const successor of won) expectInvalid(await refresh(successor.refreshToken));
        return [accessToken, ...won.map((successor) => successor.accessToken)];
      }),
    );
    await Promise.all(tokens.flat().map(expectTurnedAway));
  });

  it('leaves nobody who is disabled with a session when disabling races sign-in', async () => {
    const { client } = service;
    const people = await atOnce(20, () => client.signUp());
    const tokens = await Promise.all(
      people.map(async ({ userId, username }, index) => {
        const signIns = atOnce(4, () => untilAvailable(() => client.signIn(username)));
        // Disabled somewhere within the sign-ins: before the first statement, or after some answers.
        if (index % 2) await client.get('/healthz');
        await disable(userId);
        const answers = await signIns;
        expect(await liveSessions(service, userId)).toBe(0);
        return answers.filter(({ status }) => status === 200).map(({ body }) => (body as Tokens).accessToken);
      }),
    );
    await Promise.all(tokens.flat().map(expectTurnedAway));
  });

  it('makes a sign-in that waits for the disablement find the account disabled', async () => {
    const { client } = service;
    const answer = await untilAvailable(async () => {
      const { userId, username } = await client.signUp();
      const disabling = await service.open();
      await disabling.query('BEGIN');
      await disabling.query(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [userId]);
      const signIn = client.signIn(username);
      await untilSignInWaits(service, signIn);
      await disabling.query(
        `UPDATE identity."Session" SET ended_at = now(), end_reason = 'disabled' WHERE user_id = $1`,
        [userId],
      );
      await disabling.query('COMMIT');
      await disabling.end();
      const answered = await signIn;
      expect(await liveSessions(service, userId)).toBe(0);
      return answered;
    });
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.invalid-credentials' } });
  });
});

describe('how long a session lives', () => {
  it('ends when nobody refreshed for the idle lifetime [ASVS 7.3.1]', async () => {
    const { client } = service;
    const { refreshToken, sessionId, accessToken, userId } = await client.signUp();
    const [row] = await service.sql<{ idle: number }>(
      `SELECT extract(epoch FROM expires_at - rotated_at)::int AS idle FROM identity."Session" WHERE id = $1`,
      [sessionId],
    );
    expect(row?.idle).toBe(14 * DAY);
    await service.sql(
      `UPDATE identity."Session" SET created_at = created_at - i, rotated_at = rotated_at - i, expires_at = expires_at - i
       FROM make_interval(secs => $2) i WHERE id = $1`,
      [sessionId, 14 * DAY],
    );
    expectInvalid(await refresh(refreshToken));
    await expectTurnedAway(accessToken);
    expect(await auditCount(service, 'session.theft-detected', userId)).toBe(0);
  });

  it('prolongs with each refresh, never past the absolute lifetime [ASVS 7.3.2]', async () => {
    const { client } = service;
    const { refreshToken, sessionId } = await client.signUp();
    const first = await client.refresh(refreshToken);
    expect(first.body.refreshExpiresIn).toBeGreaterThan(14 * DAY - 60);
    const age = 90 * DAY - 3600;
    await service.sql(
      'UPDATE identity."Session" SET created_at = created_at - make_interval(secs => $2) WHERE id = $1',
      [sessionId, age],
    );
    const last = await client.refresh(first.body.refreshToken as string);
    expect(last.body.refreshExpiresIn).toBeGreaterThan(3500);
    expect(last.body.refreshExpiresIn).toBeLessThanOrEqual(3600);
    await service.sql(`UPDATE identity."Session" SET expires_at = expires_at - interval '1 hour' WHERE id = $1`, [
      sessionId,
    ]);
    expectInvalid(await refresh(last.body.refreshToken as string));
  });
});

describe('a refresh token that is not ours', () => {
  it('is refused whichever character differs, and the session lives on', async () => {
    const { client } = service;
    const { refreshToken, sessionId } = await client.signUp();
    const altered = Array.from(refreshToken, (character, index) => {
      const other = character === 'A' ? 'B' : 'A';
      return refreshToken.slice(0, index) + other + refreshToken.slice(index + 1);
    });
    const forged = [...altered, `${refreshToken}A`, refreshToken.slice(0, -1), `${refreshToken}=`, ` ${refreshToken}`];
    const answers = await Promise.all(forged.map(refresh));
    answers.forEach(expectInvalid);
    expect(await sessionRow(service, sessionId)).toMatchObject({ ended: false, counter: 0 });
    await refreshed(refreshToken);
  });

  it('is refused when another service sealed it, with neither side knowing the other one’s key', async () => {
    const { DATABASE_URL = '' } = service.env;
    const other = await startService({ env: { DATABASE_URL, SNOWFLAKE_WORKER_ID: '2' } });
    try {
      const ours = await service.client.signUp();
      const theirs = await other.client.signUp();
      expectInvalid(await other.client.refresh(ours.refreshToken));
      expectInvalid(await service.client.refresh(theirs.refreshToken));
      expect((await other.client.post('/auth/sign-out', { refreshToken: ours.refreshToken })).status).toBe(204);
      expect(await sessionRow(service, ours.sessionId)).toMatchObject({ ended: false, counter: 0 });
      const me = await other.client.get('/auth/who-am-i', ours.accessToken);
      expect(me).toMatchObject({ status: 401, body: { code: 'auth.invalid-token' } });
    } finally {
      await other.stop();
    }
  });
});
