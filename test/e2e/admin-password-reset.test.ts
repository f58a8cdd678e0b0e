import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { PASSWORD } from '../support/client.js';
import { addressed, requestCode, verifyCode } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { auditCount, liveSessions } from '../support/records.js';
import { startService, type TestService } from '../support/start-service.js';

const NEW_PASSWORD = 'four words of another kind';
const UNKNOWN_ID = '248151234567890944';

let service: TestService;
let messaging: Messaging;
let admin: Awaited<ReturnType<typeof signUpAdministrator>>;

beforeAll(async () => {
  service = await startService();
  messaging = await startMessaging(service);
  admin = await signUpAdministrator(service);
});
afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

let identifiers = 0;

/** Somebody with an address, proven or not. */
async function person({ proven = true, locale = 'vi-VN' } = {}) {
  const email = randomEmail();
  const owner = await service.client.signUp();
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     VALUES ($1, $2, 'email', $3, $3, CASE WHEN $4 THEN now() END)`,
    [(identifiers += 1), owner.userId, email, proven],
  );
  await service.sql(`UPDATE identity."User" SET profile = jsonb_build_object('locale', $2::text) WHERE id = $1`, [
    owner.userId,
    locale,
  ]);
  return { email, ...owner };
}

const start = (userId: string) =>
  service.client.send('POST', `/admin/users/${userId}/password-reset`, { token: admin.accessToken });

it('signs the owner out and tells him, and the owner alone can choose the new password [ASVS 6.4.6]', async () => {
  const { email, userId, username, refreshToken } = await person();
  const answer = await start(userId);
  expect([answer.status, answer.body]).toEqual([202, { sentTo: [`${email.charAt(0)}***@example.com`] }]);
  expect((await service.client.refresh(refreshToken)).status).toBe(401);
  expect(await liveSessions(service, userId)).toBe(0);
  const [event] = await service.sql<Record<string, unknown>>(
    `SELECT actor_type, actor_id, details FROM identity."AuditEvent" WHERE action = 'password.reset-requested'`,
  );
  expect(event).toEqual({ actor_type: 'user', actor_id: admin.userId, details: {} });

  const mail = await messaging.received(email);
  expect(mail.subject).toMatch(/mật khẩu mới/);
  expect(mail.text).not.toMatch(/\d{6}|https?:/);

  const { body } = await requestCode(service.client, 'forgot-password', email);
  const code = await messaging.code(email);
  const { resetToken } = (await verifyCode(service.client, 'forgot-password', email, body.challengeId, code)).body;
  expect((await service.client.post('/auth/password/reset', { resetToken, newPassword: NEW_PASSWORD })).status).toBe(
    204,
  );
  expect((await service.client.signIn(username, PASSWORD)).status).toBe(401);
  expect((await service.client.signIn(username, NEW_PASSWORD)).status).toBe(200);
});

it('leaves no code that anybody could guess at', async () => {
  const { email, userId } = await person();
  await start(userId);
  const target = { namespace: 'forgot-password', identifier: addressed(email) };
  const { body } = await service.client.post('/admin/otp/inspect', target, admin.accessToken);
  expect(body).toMatchObject({ pendingFor: null, sentToday: 0 });
});

it('tells the owner in the language of the profile, once for several requests of a minute', async () => {
  const { email, userId } = await person({ locale: 'en-GB' });
  for (let times = 0; times < 3; times += 1) expect((await start(userId)).status).toBe(202);
  expect((await messaging.received(email)).subject).toMatch(/^Please choose a new password/);
  await messaging.idle();
  expect((await messaging.all(email)).length).toBeLessThan(3); // the minute may have changed in between
});

it('does nothing for whom it would not help', async () => {
  const unproven = await person({ proven: false });
  const disabled = await person();
  await service.client.send('POST', `/admin/users/${disabled.userId}/disable`, { token: admin.accessToken });
  expect((await start(UNKNOWN_ID)).body).toMatchObject({ status: 404, code: 'users.not-found' });
  expect((await start('x')).status).toBe(422);
  expect((await start(unproven.userId)).body).toMatchObject({ status: 409, code: 'auth.no-proven-address' });
  expect((await start(disabled.userId)).body).toMatchObject({ status: 409, code: 'users.not-active' });
  for (const { userId } of [unproven, disabled])
    expect(await auditCount(service, 'password.reset-requested', userId)).toBe(0);
  expect(await liveSessions(service, unproven.userId)).toBe(1);
  await messaging.idle();
  expect(await messaging.all(disabled.email)).toEqual([]);
});
