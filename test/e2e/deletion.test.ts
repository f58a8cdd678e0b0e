import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerateKey, KeyDirectory } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import { poll } from '@platform/testing';
import { credentials, type Tokens } from '../support/client.js';
import { atOnce, tally } from '../support/races.js';
import { auditCount, liveSessions } from '../support/records.js';
import { untilWaiting } from '../support/held-rows.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

describe('deleting my account', () => {
  it('ends every session, erases what describes me and frees the name [ASVS 7.4.2]', async () => {
    const { client } = service;
    const { username, userId, ...first } = await client.signUp();
    const { body: second } = await client.signIn(username);
    expect((await client.send('DELETE', '/users/me', { token: second.accessToken as string })).status).toBe(204);
    expect(await liveSessions(service, userId)).toBe(0);
    for (const { accessToken } of [first, second] as Tokens[]) {
      await poll('the end of the access token', 5, async () => {
        const { status } = await client.get('/auth/who-am-i', accessToken);
        return status === 401 || undefined;
      });
    }
    expect(
      tally(await Promise.all([first, second].map((tokens) => client.refresh(tokens.refreshToken as string)))),
    ).toEqual({
      401: 2,
    });
    expect((await client.signIn(username)).status).toBe(401);
    const left = await service.sql(
      `SELECT u.status, u.profile, i.id AS identifier, c.id AS credential FROM identity."User" u
       LEFT JOIN identity."UserIdentifier" i ON i.user_id = u.id LEFT JOIN identity."UserCredential" c ON c.user_id = u.id
       WHERE u.id = $1`,
      [userId],
    );
    expect(left).toEqual([{ status: 'deleted', profile: {}, identifier: null, credential: null }]);
    expect(await auditCount(service, 'user.deleted', userId)).toBe(1);
    expect((await client.signUp(username)).userId).not.toBe(userId);
  });

  it('needs a sign-in of the last five minutes; a refresh is none', async () => {
    const { client } = service;
    const { sessionId, refreshToken, username, userId } = await client.signUp();
    const age = (seconds: number) =>
      service.sql('UPDATE identity."Session" SET created_at = now() - make_interval(secs => $2) WHERE id = $1', [
        sessionId,
        seconds,
      ]);
    await age(302);
    const { body: stale } = await client.refresh(refreshToken);
    const refused = await client.send('DELETE', '/users/me', { token: stale.accessToken as string });
    expect(refused).toMatchObject({ status: 403, body: { code: 'users.fresh-sign-in-required' } });
    expect(await liveSessions(service, userId)).toBe(1);
    await age(290);
    const { body: fresh } = await client.refresh(stale.refreshToken as string);
    expect((await client.send('DELETE', '/users/me', { token: fresh.accessToken as string })).status).toBe(204);
    expect((await client.signIn(username)).status).toBe(401);
  });
});

describe('deleting my account, with a clock that differs from the database’s', () => {
  it.each([
    ['ahead', 600],
    ['behind', -600],
  ])('by ten minutes %s, still takes a sign-in of the last five minutes and no older one', async (_which, skew) => {
    const clockAt = (seconds: number) => ({ ...systemClock, now: () => new Date(Date.now() + seconds * 1000) });
    const keys = mkdtempSync(join(tmpdir(), 'nx-identity-keys-'));
    await new GenerateKey(new KeyDirectory(keys), clockAt(-3600)).execute({}); // active already by a clock that is behind
    const { client, sql, stop } = await startService({ clock: clockAt(skew), env: { JWKS_DIR: keys } });
    try {
      const { accessToken: fresh } = await client.signUp();
      expect((await client.send('DELETE', '/users/me', { token: fresh })).status).toBe(204);
      const { sessionId, refreshToken } = await client.signUp();
      await sql(`UPDATE identity."Session" SET created_at = now() - interval '302 s' WHERE id = $1`, [sessionId]);
      const { body } = await client.refresh(refreshToken);
      const refused = await client.send('DELETE', '/users/me', { token: body.accessToken as string });
      expect(refused).toMatchObject({ status: 403, body: { code: 'users.fresh-sign-in-required' } });
    } finally {
      await stop();
      rmSync(keys, { recursive: true, force: true });
    }
  });
});

describe('deleting my account, in a race', () => {
  /** Starts so many deletions, which all pass the guard and then wait for `holding`, a transaction on the user's row. */
  const deletionsBehind = (holding: string, times: number) =>
    poll('deletions of which none waits in vain', 30, async () => {
      const race = await raceBehind(holding, times);
      return race.answers.some(({ status }) => status === 503) ? undefined : race;
    });

  async function raceBehind(holding: string, times: number) {
    const { client } = service;
    const { username, userId, accessToken } = await client.signUp();
    const transaction = await service.open();
    await transaction.query('BEGIN');
    await transaction.query(holding, [userId]);
    const deletions = atOnce(times, () => client.send('DELETE', '/users/me', { token: accessToken }));
    await untilWaiting(service, 'UPDATE identity."User"%', deletions, times);
    await transaction.query('COMMIT');
    await transaction.end();
    return { username, userId, answers: await deletions };
  }

  it('never makes a deleted account of one that was just disabled, nor frees its name', async () => {
    const disable = `UPDATE identity."User" SET status = 'disabled' WHERE id = $1`;
    const { username, userId, answers } = await deletionsBehind(disable, 1);
    expect(answers).toMatchObject([{ status: 404, body: { code: 'users.not-found' } }]);
    const [user] = await service.sql('SELECT status FROM identity."User" WHERE id = $1', [userId]);
    expect(user).toEqual({ status: 'disabled' });
    expect((await service.client.post('/auth/sign-up', credentials(username))).status).toBe(409);
    expect(await auditCount(service, 'user.deleted', userId)).toBe(0);
  });

  it('deletes it once', async () => {
    const hold = 'SELECT FROM identity."User" WHERE id = $1 FOR UPDATE';
    const { userId, answers } = await deletionsBehind(hold, 5);
    expect(tally(answers)).toEqual({ 204: 1, 404: 4 });
    expect(await auditCount(service, 'user.deleted', userId)).toBe(1);
  });
});
