import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { randomEmail } from '../support/addresses.js';
import { PASSWORD, type Tokens } from '../support/client.js';
import { addressed, afterPause, requestCode, verifyCode, WRONG_CODE } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { atOnce, tally } from '../support/races.js';
import { auditCount, liveSessions } from '../support/records.js';
import { startService, type TestService } from '../support/start-service.js';

const NEW_PASSWORD = 'four words of another kind';
let service: TestService;
let messaging: Messaging;

beforeAll(async () => {
  service = await startService({ env: { OTP_RESEND_COOLDOWN_SECONDS: '1' } });
  messaging = await startMessaging(service);
});

afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

/** Somebody with a proven address, signed in on two devices. */
async function person() {
  const email = randomEmail();
  const { body } = await service.client.post('/auth/sign-up', {
    identifier: addressed(email),
    credential: { scheme: 'password', value: PASSWORD },
  });
  const first = await verifyCode(service.client, 'verify-email', email, body.challengeId, await messaging.code(email));
  await signIn(email, PASSWORD);
  const [row] = await service.sql<{ user_id: string }>(
    'SELECT user_id FROM identity."UserIdentifier" WHERE value = $1',
    [email],
  );
  return { email, tokens: first.body as Tokens, userId: row?.user_id ?? '' };
}

function signIn(email: string, password: string) {
  return service.client.post('/auth/sign-in', {
    identifier: addressed(email),
    credential: { scheme: 'password', value: password },
  });
}

async function resetToken(email: string): Promise<string> {
  const { body } = await afterPause(() => requestCode(service.client, 'forgot-password', email));
  await messaging.idle();
  const code = await messaging.code(email);
  const answer = await verifyCode(service.client, 'forgot-password', email, body.challengeId, code);
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body).toSorted()).toEqual(['expiresAt', 'resetToken']);
  return answer.body.resetToken as string;
}

function reset(token: string, newPassword = NEW_PASSWORD) {
  return service.client.post('/auth/password/reset', { resetToken: token, newPassword });
}

describe('a forgotten password', () => {
  it('is set anew with a code, which ends every session and tells the owner [ASVS 6.3.7, 7.4.3]', async () => {
    const { email, tokens, userId } = await person();
    expect((await reset(await resetToken(email))).status).toBe(204);
    expect(await liveSessions(service, userId)).toBe(0);
    expect((await service.client.refresh(tokens.refreshToken)).status).toBe(401);
    expect((await signIn(email, PASSWORD)).status).toBe(401);
    expect((await signIn(email, NEW_PASSWORD)).status).toBe(200);
    expect(await auditCount(service, 'password.reset', userId)).toBe(1);
    await messaging.idle();
    const [newest] = await messaging.all(email);
    expect(newest?.text).not.toMatch(/\b\d{6}\b/);
    expect(newest?.subject).toMatch(/mật khẩu|password/i);
  });

  it('is set once with one token, of any number of times at once [ASVS 6.4.3]', async () => {
    await poll('a race that a busy database decides', 50, async () => {
      const { email } = await person();
      const token = await resetToken(email);
      const counts = tally(await atOnce(10, (index) => reset(token, `${NEW_PASSWORD} ${index}`)));
      expect(counts[204] ?? 0).toBeLessThanOrEqual(1);
      if (counts[503]) return undefined;
      expect(counts).toEqual({ 204: 1, 401: 9 });
      expect((await reset(token)).body.code).toBe('auth.invalid-reset-token');
      return true;
    });
  });

  it('is set by none of two tokens once the other one was used', async () => {
    const { email } = await person();
    const [first, second] = [await resetToken(email), await resetToken(email)];
    expect((await reset(second)).status).toBe(204);
    expect((await reset(first)).status).toBe(401);
  });

  it('may be refused by the policy without losing the token', async () => {
    const { email } = await person();
    const token = await resetToken(email);
    const refused = await reset(token, 'password');
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'newPassword']);
    expect((await reset(token)).status).toBe(204);
  });

  it('cannot be set once the password was changed otherwise', async () => {
    const { email, tokens } = await person();
    const token = await resetToken(email);
    const change = { currentPassword: PASSWORD, newPassword: `${NEW_PASSWORD} too` };
    expect((await service.client.post('/auth/password/change', change, tokens.accessToken)).status).toBe(204);
    expect((await reset(token)).body.code).toBe('auth.invalid-reset-token');
  });

  it('is nobody’s to set for an address without an account: the request is answered alike, and nothing is sent [ASVS 6.4.3]', async () => {
    const email = randomEmail();
    const answer = await requestCode(service.client, 'forgot-password', email);
    expect(answer.status).toBe(202);
    const guess = await verifyCode(service.client, 'forgot-password', email, answer.body.challengeId, WRONG_CODE);
    expect(guess.body.code).toBe('otp.invalid-code');
    await messaging.idle();
    expect(await messaging.all(email)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'nonsense'],
    ['another kind of token', 'nxr_AQN7ik_SgBAAAAAAADslWHFkmYv9h8jxGd51YsW_Qr4U2dgbbfVs2Syb4_LO'],
  ])('is not set with %s', async (_what, token) => {
    expect([401, 422]).toContain((await reset(token)).status);
  });
});
