import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail, randomPhone } from '../support/addresses.js';
import type { Tokens } from '../support/client.js';
import { addressed, verifyCode } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { atOnce, shapeOf, tally } from '../support/races.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let messaging: Messaging;

beforeAll(async () => {
  service = await startService({ env: { OTP_RESEND_COOLDOWN_SECONDS: '1', SMS_GUARD_MODE: 'record' } });
  messaging = await startMessaging(service);
});

afterAll(async () => {
  await messaging.stop();
  await service.stop();
});

const NAMESPACES = { email: 'verify-email', phone: 'phone-auth' } as const;

function add(value: string, token: string) {
  return service.client.post('/users/me/identifiers', { identifier: addressed(value) }, token);
}

/** Adds an address and proves it. */
async function addProven(value: string, token: string) {
  const { body } = await add(value, token);
  const namespace = NAMESPACES[addressed(value).scheme as keyof typeof NAMESPACES];
  return await verifyCode(service.client, namespace, value, body.challengeId, await messaging.code(value));
}

async function identifiersOf(token: string): Promise<{ id: string; value: string }[]> {
  return (await service.client.get('/users/me', token)).body.identifiers as { id: string; value: string }[];
}

describe('an address that is added', () => {
  it.each([
    ['e-mail address', randomEmail],
    ['phone number', randomPhone],
  ])('counts once it was proven: %s', async (_what, randomValue) => {
    const { accessToken, username } = await service.client.signUp();
    const value = randomValue();
    const answer = await add(value, accessToken);
    expect(answer.status).toBe(202);
    const code = await messaging.code(value);
    expect((await identifiersOf(accessToken)).map((each) => each.value)).toEqual([username]);
    const namespace = NAMESPACES[addressed(value).scheme as keyof typeof NAMESPACES];
    expect((await verifyCode(service.client, namespace, value, answer.body.challengeId, code)).status).toBe(200);
    expect((await identifiersOf(accessToken)).map((each) => each.value)).toEqual([username, value]);
  });

  it('tells the owner at every address that was proven before [ASVS 6.3.7]', async () => {
    const { accessToken } = await service.client.signUp();
    const [first, second] = [randomEmail(), randomEmail()];
    await addProven(first, accessToken);
    await messaging.idle();
    const before = (await messaging.all(first)).length;
    await addProven(second, accessToken);
    await messaging.idle();
    const mails = await messaging.all(first);
    expect(mails).toHaveLength(before + 1);
    expect(mails[0]?.text).not.toContain(second); // masked: a mailbox that is not the owner's any more learns little
  });

  it('is answered alike when it is somebody else’s, who keeps it', async () => {
    const owner = await service.client.signUp();
    const other = await service.client.signUp();
    const value = randomEmail();
    await addProven(value, owner.accessToken);
    await messaging.idle();
    const answer = await add(value, other.accessToken);
    const usual = await add(randomEmail(), other.accessToken);
    if (answer.status !== 429) expect(Object.keys(shapeOf(answer))).toEqual(Object.keys(shapeOf(usual)));
    await messaging.idle();
    expect((await identifiersOf(other.accessToken)).map((each) => each.value)).not.toContain(value);
    expect((await identifiersOf(owner.accessToken)).map((each) => each.value)).toContain(value);
  });

  it('needs a sign-in of the last five minutes; a refresh is none [ASVS 7.5.1]', async () => {
    const { refreshToken, sessionId } = await service.client.signUp();
    await service.sql(`UPDATE identity."Session" SET created_at = now() - interval '301 seconds' WHERE id = $1`, [
      sessionId,
    ]);
    const { accessToken } = (await service.client.refresh(refreshToken)).body as Tokens;
    const answer = await add(randomEmail(), accessToken);
    expect([answer.status, answer.body.code]).toEqual([403, 'users.fresh-sign-in-required']);
  });

  it('cannot be a username', async () => {
    const { accessToken } = await service.client.signUp();
    const identifier = { scheme: 'username', value: 'another.name' };
    const answer = await service.client.post('/users/me/identifiers', { identifier }, accessToken);
    expect([answer.status, answer.body.errors[0].code]).toEqual([422, 'not-provable']);
  });
});

describe('an identifier that is removed', () => {
  const remove = (id: string, token: string) => service.client.send('DELETE', `/users/me/identifiers/${id}`, { token });

  it('names the account no more, which its owner is told there [ASVS 6.3.7, 6.5.6]', async () => {
    const { accessToken, username } = await service.client.signUp();
    const value = randomEmail();
    await addProven(value, accessToken);
    await messaging.idle();
    const before = (await messaging.all(value)).length;
    const mail = (await identifiersOf(accessToken)).find((each) => each.value === value);
    expect((await remove(mail?.id ?? '', accessToken)).status).toBe(204);
    expect((await identifiersOf(accessToken)).map((each) => each.value)).toEqual([username]);
    await messaging.idle();
    expect(await messaging.all(value)).toHaveLength(before + 1);
  });

  it('is never the last one, of any number of removals at once', async () => {
    const { accessToken } = await service.client.signUp();
    await addProven(randomEmail(), accessToken);
    const all = await identifiersOf(accessToken);
    const answers = await atOnce(10, (index) => remove(all[index % 2]?.id ?? '', accessToken));
    expect(tally(answers)[204]).toBe(1);
    expect(await identifiersOf(accessToken)).toHaveLength(1);
  });

  it('is one of the caller’s own', async () => {
    const [one, other] = [await service.client.signUp(), await service.client.signUp()];
    const [foreign] = await identifiersOf(other.accessToken);
    const answer = await remove(foreign?.id ?? '', one.accessToken);
    expect([answer.status, answer.body.code]).toEqual([404, 'users.identifier-not-found']);
  });
});
