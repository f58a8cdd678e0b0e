import { poll } from '@platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, type Tokens } from '../support/client.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { atOnce, shapeOf, tally } from '../support/races.js';
import { randomEmail, randomPhone } from '../support/addresses.js';
import { startService, type TestService } from '../support/start-service.js';

const OTHER_PASSWORD = 'four words of another kind';
let service: TestService;
let messaging: Messaging;

beforeAll(async () => {
  // The shortest pause, so that a second code can be asked for at once; the limits themselves are told of elsewhere.
  service = await startService({ env: { OTP_RESEND_COOLDOWN_SECONDS: '1' } });
  messaging = await startMessaging(service);
});

afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

type Scheme = 'email' | 'phone';
const NAMESPACES = { email: 'verify-email', phone: 'phone-auth' } as const;

function signUp(scheme: Scheme, value: string, password = PASSWORD) {
  const credential = { scheme: 'password', value: password };
  return service.client.post('/auth/sign-up', {
    identifier: { scheme, value },
    credential,
    profile: { displayName: 'Ana' },
  });
}

/** As `signUp`, once the pause after the code before is over. */
function signUpAgain(scheme: Scheme, value: string, password = PASSWORD) {
  return poll('the end of the pause', 10, async () => {
    const answer = await signUp(scheme, value, password);
    return answer.status === 429 ? undefined : answer;
  });
}

function verify(scheme: Scheme, value: string, challengeId: unknown, code: string) {
  return service.client.post('/otp/verify', {
    namespace: NAMESPACES[scheme],
    identifier: { scheme, value },
    challengeId,
    code,
  });
}

function signIn(scheme: Scheme, value: string, password = PASSWORD) {
  return service.client.post('/auth/sign-in', {
    identifier: { scheme, value },
    credential: { scheme: 'password', value: password },
  });
}

describe.each([
  ['email', randomEmail],
  ['phone', randomPhone],
] as const)('a sign-up by %s', (scheme, randomValue) => {
  it('makes the account once its code was entered, and no sooner', async () => {
    const value = randomValue();
    const answer = await signUp(scheme, value);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      challengeId: expect.stringMatching(/^[\w-]{22}$/) as string,
      expiresAt: expect.any(String) as string,
      resendAvailableAt: expect.any(String) as string,
      codeLength: 6,
    });
    const code = await messaging.code(value);
    expect(await service.sql('SELECT FROM identity."UserIdentifier" WHERE value = $1', [value])).toEqual([]);
    expect((await signIn(scheme, value)).status).toBe(401);

    const completed = await verify(scheme, value, answer.body.challengeId, code);
    expect(completed.status).toBe(200);
    if (scheme === 'email') expect(completed.body.verified).toBe(true);
    const { accessToken } = completed.body as Tokens;
    const me = await service.client.get('/users/me', accessToken);
    expect(me.body).toMatchObject({
      profile: { displayName: 'Ana' },
      identifiers: [{ scheme, value, verifiedAt: expect.any(String) as string }],
    });
    expect((await signIn(scheme, value)).status).toBe(200);
    expect(await service.sql('SELECT FROM identity."PendingSignUp" WHERE identifier_value = $1', [value])).toEqual([]);
  });

  it('is completed once, of any number of times at once', async () => {
    await poll('a race that a busy database decides', 50, async () => {
      const value = randomValue();
      const { body } = await signUp(scheme, value);
      const code = await messaging.code(value);
      const counts = tally(await atOnce(20, () => verify(scheme, value, body.challengeId, code)));
      expect(counts[200] ?? 0).toBeLessThanOrEqual(1);
      if (counts[503]) return undefined;
      expect(counts).toEqual({ 200: 1, 401: 19 });
      expect(await service.sql('SELECT FROM identity."UserIdentifier" WHERE value = $1', [value])).toHaveLength(1);
      return true;
    });
  });

  it('leaves nothing of somebody who signed up with the address before its owner', async () => {
    const value = randomValue();
    const attacker = await signUp(scheme, value, OTHER_PASSWORD);
    const attackersCode = await messaging.code(value);
    const owner = await signUpAgain(scheme, value);
    const code = await messaging.received(value, ({ text }) => /\b\d{6}\b/.test(text) && !text.includes(attackersCode));
    const ownersCode = /\b\d{6}\b/.exec(code.text)?.[0] ?? '';
    // Neither half of the attacker's challenge serves with a half of the owner's.
    expect((await verify(scheme, value, attacker.body.challengeId, attackersCode)).status).toBe(401);
    expect((await verify(scheme, value, attacker.body.challengeId, ownersCode)).status).toBe(401);
    expect((await verify(scheme, value, owner.body.challengeId, ownersCode)).status).toBe(200);
    expect((await signIn(scheme, value, OTHER_PASSWORD)).status).toBe(401);
    expect((await signIn(scheme, value)).status).toBe(200);
  });

  it('is answered alike for an address that has an account, whose owner keeps the password', async () => {
    const value = randomValue();
    const first = await signUp(scheme, value);
    await verify(scheme, value, first.body.challengeId, await messaging.code(value));
    const again = await signUpAgain(scheme, value, OTHER_PASSWORD);
    expect(Object.keys(shapeOf(again))).toEqual(Object.keys(shapeOf(first)));
    expect(again.status).toBe(first.status);
    await messaging.idle();
    expect((await signIn(scheme, value, OTHER_PASSWORD)).status).toBe(401);
    expect((await signIn(scheme, value)).status).toBe(200);
  });
});

describe('an address that has an account', () => {
  it('gets a mail without a code that says so', async () => {
    const value = randomEmail();
    const { body } = await signUp('email', value);
    await verify('email', value, body.challengeId, await messaging.code(value));
    const before = (await messaging.all(value)).length;
    await signUpAgain('email', value, OTHER_PASSWORD);
    await messaging.idle();
    const [newest, ...others] = await messaging.all(value);
    expect(others).toHaveLength(before);
    expect(newest?.text).not.toMatch(/\b\d{6}\b/);
  });
});

describe('sign-ups that were never completed', () => {
  it('are cleared away by those that come after them', async () => {
    const abandoned = [randomEmail(), randomEmail()];
    for (const value of abandoned) await signUp('email', value);
    const left = async () =>
      (await service.sql('SELECT FROM identity."PendingSignUp" WHERE identifier_value = ANY ($1)', [abandoned])).length;
    expect(await left()).toBe(2);
    await service.sql(
      `UPDATE identity."PendingSignUp" SET expires_at = now() - interval '1 hour' WHERE identifier_value = ANY ($1)`,
      [abandoned],
    );
    await signUp('email', randomEmail());
    expect(await left()).toBe(0);
  });
});
