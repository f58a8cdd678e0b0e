import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '@platform/testing';
import { PASSWORD } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

const NEW_PASSWORD = 'four words of another kind';
const count = async (condition: string, userId: string) => {
  const [row] = await service.sql<{ n: number }>(
    `SELECT count(*)::int AS n FROM identity."Session" WHERE user_id = $1 AND ${condition}`,
    [userId],
  );
  return row?.n;
};

describe('sessions of one account', () => {
  it('are a hundred at most: the oldest ends when one more begins', async () => {
    const { client } = service;
    const first = await client.signUp();
    await service.sql(
      `INSERT INTO identity."Session" (id, user_id, device_id, amr, audience, expires_at)
       SELECT $2::bigint + n, $1, 'device', '{pwd}', 'nx-seller', now() + interval '1 day' FROM generate_series(1, 99) n`,
      [first.userId, first.sessionId],
    );
    expect(await count('ended_at IS NULL', first.userId)).toBe(100);
    const newest = await client.signIn(first.username);
    expect(newest.status).toBe(200);
    expect(await count('ended_at IS NULL', first.userId)).toBe(100);
    expect(await count(`end_reason = 'too-many' AND id = ${first.sessionId}`, first.userId)).toBe(1);
    expect((await client.refresh(first.refreshToken)).status).toBe(401);
    expect((await client.refresh(newest.body.refreshToken as string)).status).toBe(200);
  });
});

describe('a device token', () => {
  it('stays good over refreshes, also after a change that kept the session', async () => {
    const { client } = service;
    const { username, userId, accessToken, refreshToken } = await client.signUp();
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, endOtherSessions: false };
    expect((await client.post('/auth/password/change', body, accessToken)).status).toBe(204);
    const refreshed = await client.refresh(refreshToken);
    await service.sql(`UPDATE identity."Session" SET ended_at = now() WHERE user_id = $1`, [userId]);
    const again = await client.signIn(username, NEW_PASSWORD, { deviceToken: refreshed.body.deviceToken });
    const [{ devices } = { devices: 0 }] = await service.sql<{ devices: number }>(
      `SELECT count(DISTINCT device_id)::int AS devices FROM identity."Session" WHERE user_id = $1`,
      [userId],
    );
    expect([again.status, devices]).toEqual([200, 1]);
  });
});

describe('a hash with older parameters', () => {
  it('is no hindrance to a change of the password', async () => {
    const { username, userId, accessToken } = await service.client.signUp();
    const stronger = await startService({
      env: {
        ...service.env,
        PASSWORD_ARGON2_ITERATIONS: '2',
        PORT: String(await freePort()),
        MANAGEMENT_PORT: String(await freePort()),
      },
    });
    try {
      const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      expect((await stronger.client.post('/auth/password/change', body, accessToken)).status).toBe(204);
      expect((await stronger.client.signIn(username, NEW_PASSWORD)).status).toBe(200);
      const [row] = await service.sql<{ secret: string }>(
        `SELECT secret FROM identity."UserCredential" WHERE user_id = $1`,
        [userId],
      );
      expect(row?.secret).toContain('t=2');
    } finally {
      await stronger.stop();
    }
  });
});

describe('a failed proof of the current password', () => {
  it('is in the audit trail', async () => {
    const { client } = service;
    const { userId, accessToken } = await client.signUp();
    const body = { currentPassword: 'not the right words', newPassword: NEW_PASSWORD };
    expect((await client.post('/auth/password/change', body, accessToken)).status).toBe(401);
    const events = await service.sql<{ outcome: string }>(
      `SELECT outcome FROM identity."AuditEvent" WHERE user_id = $1 AND action = 'password.change-failed'`,
      [userId],
    );
    expect(events).toEqual([{ outcome: 'failure' }]);
  });
});

describe('a new password', () => {
  it('is not made of the display name, at a change as at the sign-up', async () => {
    const { client } = service;
    const { accessToken } = await client.signUp();
    await client.send('PATCH', '/users/me', {
      body: { profile: { displayName: 'Zorglingz Quavery' } },
      token: accessToken,
    });
    const body = { currentPassword: PASSWORD, newPassword: 'zorglingz-quavery1' };
    const answer = await client.post('/auth/password/change', body, accessToken);
    expect([answer.status, answer.body.errors]).toMatchObject([
      422,
      [{ path: 'newPassword', code: 'password.too-common' }],
    ]);
  });
});

// Last, since its failures lock the address that all tests come from.
describe('an older device token', () => {
  it('from before the password was changed opens no lane', async () => {
    const { client } = service;
    const { username, accessToken, deviceToken } = await client.signUp();
    const changed = await client.post(
      '/auth/password/change',
      { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
      accessToken,
    );
    expect(changed.status).toBe(204);
    const kept = await client.signIn(username, NEW_PASSWORD, { deviceToken });
    expect(kept.status).toBe(200);
    expect(kept.body.deviceToken).not.toBe(deviceToken);
    const guess = (token: unknown) => client.signIn(username, 'not the right words', { deviceToken: token });
    for (let failures = 0; failures < 10; failures += 1) expect((await guess(deviceToken)).status).toBe(401);
    // The old token's guesses filled the shared lane; the new one still has its own.
    expect((await guess(deviceToken)).status).toBe(429);
    expect((await client.signIn(username, NEW_PASSWORD, { deviceToken: kept.body.deviceToken })).status).toBe(200);
  });
});
