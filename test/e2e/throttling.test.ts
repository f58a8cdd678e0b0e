import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { COUNTED_APART, countedTogether } from '../support/counted-together.js';
import { atOnce, oneByOne, shapeOf, tally } from '../support/races.js';
import { auditCount, sessionRow } from '../support/records.js';
import { untilAvailable } from '../support/retries.js';
import { startService, type TestService } from '../support/start-service.js';

const LOCK_SECONDS = 900;
const WRONG = 'not what it is at all';

let service: TestService;
let addresses = 0;

beforeAll(async () => {
  service = await startService({ env: { TRUSTED_PROXY_HOPS: '1' } });
});
afterAll(async () => {
  await service.stop();
});

/** An address that nobody has failed from yet. */
function freshAddress(): string {
  addresses += 1;
  return `10.${Math.floor(addresses / 250)}.0.${1 + (addresses % 250)}`;
}

interface Attempt {
  username: string;
  password?: string;
  from?: string;
  deviceToken?: string;
}

function attempt({ username, password = WRONG, from = freshAddress(), deviceToken }: Attempt): Promise<Answer> {
  return untilAvailable(() =>
    service.client.send('POST', '/auth/sign-in', {
      body: { ...credentials(username, password), deviceToken },
      headers: { 'X-Forwarded-For': from },
    }),
  );
}

function expectThrottled(answer: Answer): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'auth.throttled', limit: 'sign-in' } });
  const wait = Number(answer.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(LOCK_SECONDS - 60);
  expect(wait).toBeLessThanOrEqual(LOCK_SECONDS);
}

/** An account whose identifier somebody elsewhere has locked. */
async function lockedAccount() {
  const account = await service.client.signUp();
  expect(tally(await oneByOne(10, () => attempt({ username: account.username })))).toEqual({ 401: 10 });
  expectThrottled(await attempt({ username: account.username }));
  return account;
}

describe('guessing the password of one account', () => {
  it('ends after ten failures, for the right password too, and an unknown name answers the same', () =>
    countedTogether(async () => {
      const { username } = await service.client.signUp();
      const unknown = randomUsername();
      const [known, nobody] = await Promise.all(
        [username, unknown].map((name) => oneByOne(11, () => attempt({ username: name }))),
      );
      expect(known?.map(shapeOf)).toEqual(nobody?.map(shapeOf));
      expect(tally(known ?? [])).toEqual({ 401: 10, 429: 1 });
      [known?.[10], nobody?.[10]].forEach((answer) => answer && expectThrottled(answer));
      expectThrottled(await attempt({ username, password: PASSWORD }));
      expectThrottled(await attempt({ username: username.toUpperCase(), password: PASSWORD }));
    }));

  it('gets ten comparisons at most out of 100 guesses at once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const flood = async () => {
      warn.mockClear();
      const { username, userId } = await service.client.signUp();
      const counts = tally(await atOnce(100, () => attempt({ username })));
      expect((counts[401] ?? 0) + (counts[429] ?? 0)).toBe(100);
      expect(await auditCount(service, 'sign-in.failed', userId)).toBe(counts[401]);
      // On a busy machine Redis may seem away for a moment; what this process then counts by itself has its own ten.
      const alone = warn.mock.calls.some(([message]) => COUNTED_APART.test(String(message)));
      expect(counts[401]).toBeLessThanOrEqual(alone ? 20 : 10);
      return alone ? undefined : { username, userId, compared: counts[401] ?? 0 };
    };
    const { username, userId, compared } = await poll('a flood that Redis alone counts', 30, flood);
    warn.mockRestore();
    // Guesses that met others under way may have left places over; the lock comes with the tenth failure.
    await oneByOne(10 - compared, () => attempt({ username }));
    expectThrottled(await attempt({ username, password: PASSWORD }));
    expect(await auditCount(service, 'sign-in.failed', userId)).toBe(10);
  });

  it('starts afresh after a success', () =>
    countedTogether(async () => {
      const { username } = await service.client.signUp();
      const nearlyLocked = () => oneByOne(9, () => attempt({ username }));
      expect(tally(await nearlyLocked())).toEqual({ 401: 9 });
      expect((await attempt({ username, password: PASSWORD })).status).toBe(200);
      expect(tally(await nearlyLocked())).toEqual({ 401: 9 });
      expect((await attempt({ username, password: PASSWORD })).status).toBe(200);
    }));
});

describe('guessing from one address', () => {
  it('ends after ten failures whoever they were for; elsewhere nothing is locked', () =>
    countedTogether(async () => {
      const from = freshAddress();
      const { username } = await service.client.signUp();
      expect(tally(await oneByOne(10, () => attempt({ username: randomUsername(), from })))).toEqual({ 401: 10 });
      expectThrottled(await attempt({ username, password: PASSWORD, from }));
      expect((await attempt({ username, password: PASSWORD })).status).toBe(200);
    }));

  it('is not paid for by one good account at that address', () =>
    countedTogether(async () => {
      const from = freshAddress();
      const { username } = await service.client.signUp();
      await oneByOne(9, () => attempt({ username: randomUsername(), from }));
      expect((await attempt({ username, password: PASSWORD, from })).status).toBe(200);
      await attempt({ username: randomUsername(), from });
      expectThrottled(await attempt({ username, password: PASSWORD, from }));
    }));
});

describe('the owner’s device', () => {
  it('gets in while somebody else has locked the identifier', () =>
    countedTogether(async () => {
      const { username, deviceToken } = await lockedAccount();
      const home = freshAddress();
      expectThrottled(await attempt({ username, password: PASSWORD, from: home }));
      const answer = await attempt({ username, password: PASSWORD, from: home, deviceToken });
      expect(answer.status).toBe(200);
      // The next sign-in on it has a token that serves as well.
      const again = answer.body as Tokens;
      expect((await attempt({ username, password: PASSWORD, deviceToken: again.deviceToken })).status).toBe(200);
      expectThrottled(await attempt({ username, password: PASSWORD, from: home }));
    }));

  it('has a count of its own, which locks too', () =>
    countedTogether(async () => {
      const { username, deviceToken } = await service.client.signUp();
      expect(tally(await oneByOne(10, () => attempt({ username, deviceToken })))).toEqual({ 401: 10 });
      expectThrottled(await attempt({ username, password: PASSWORD, deviceToken }));
      expect((await attempt({ username, password: PASSWORD })).status).toBe(200);
    }));

  it('opens no lane to another account', () =>
    countedTogether(async () => {
      const attacker = await service.client.signUp();
      const { username } = await lockedAccount();
      expectThrottled(await attempt({ username, password: PASSWORD, deviceToken: attacker.deviceToken }));
    }));

  it('counts on the identifier when its token is of another account, or forged', () =>
    countedTogether(async () => {
      const attacker = await service.client.signUp();
      const { username } = await service.client.signUp();
      const tokens = [attacker.deviceToken, `${attacker.deviceToken.slice(0, -1)}~`];
      await oneByOne(10, (index) => attempt({ username, deviceToken: tokens[index % 2] }));
      expectThrottled(await attempt({ username, password: PASSWORD }));
    }));
});

describe('the current password at a change of it', () => {
  it('can be guessed ten times, like at sign-in', () =>
    countedTogether(async () => {
      const { accessToken } = await service.client.signUp();
      const change = (currentPassword: string) =>
        service.client.send('POST', '/auth/password/change', {
          body: { currentPassword, newPassword: 'four words of another kind' },
          token: accessToken,
          headers: { 'X-Forwarded-For': freshAddress() },
        });
      expect(tally(await oneByOne(10, () => change(WRONG)))).toEqual({ 401: 10 });
      expectThrottled(await change(PASSWORD));
    }));
});

describe('the client’s address', () => {
  const FORWARDED = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];

  it.each([
    ['0', undefined, '127.0.0.1'],
    ['0', FORWARDED, '127.0.0.1'],
    ['1', undefined, '127.0.0.1'],
    ['1', FORWARDED.slice(2), '198.51.100.3'],
    ['1', FORWARDED, '198.51.100.3'],
    ['2', FORWARDED.slice(2), '198.51.100.3'],
    ['2', FORWARDED.slice(1), '198.51.100.2'],
    ['2', FORWARDED, '198.51.100.2'],
  ])('behind %s proxies of ours, with X-Forwarded-For %j, is %s', async (hops, forwarded, expected) => {
    const behind = await startService({ env: { TRUSTED_PROXY_HOPS: hops } });
    try {
      const { body } = await behind.client.send('POST', '/auth/sign-up', {
        body: credentials(randomUsername()),
        headers: forwarded && { 'X-Forwarded-For': forwarded.join(', ') },
      });
      expect((await sessionRow(behind, body.sessionId as string)).ip).toBe(expected);
      const sessions = await behind.client.get('/sessions', body.accessToken as string);
      expect(sessions.body.items).toMatchObject([{ ip: expected }]);
    } finally {
      await behind.stop();
    }
  });

  it('cannot be varied by a client to escape its lock', () =>
    countedTogether(async () => {
      const behind = await startService({ env: { TRUSTED_PROXY_HOPS: '1' } });
      try {
        const guess = (index: number) =>
          behind.client.send('POST', '/auth/sign-in', {
            body: credentials(randomUsername(), WRONG),
            // What the client wrote, then what our proxy saw.
            headers: { 'X-Forwarded-For': `203.0.113.${index}, 192.0.2.77` },
          });
        expect(tally(await oneByOne(12, guess))).toEqual({ 401: 10, 429: 2 });
      } finally {
        await behind.stop();
      }
    }));
});
