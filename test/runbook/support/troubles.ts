import { poll } from '@platform/testing';
import { randomEmail, randomPhone } from '../../support/addresses.js';
import { type Answer, type Client, credentials, PASSWORD, randomUsername, type Tokens } from '../../support/client.js';
import { requestCode, verifyCode, WRONG_CODE } from '../../support/codes.js';
import { behave } from '../../support/messaging.js';
import { spawnService } from '../../support/spawn-service.js';
import { logged, type World } from './world.js';

/** Somebody with a mailbox. */
export interface Person extends Tokens {
  email: string;
  userId: string;
}

const OTHER_PASSWORD = 'four words of another kind';
const MAX_ATTEMPTS = 5;
let addresses = 0;

/** Signs somebody up by mail. */
export async function personWithMail({ client, messaging }: World): Promise<Person> {
  const [api, email] = [await client(), randomEmail()];
  const identifier = { scheme: 'email', value: email };
  const asked = await api.post('/auth/sign-up', { identifier, credential: { scheme: 'password', value: PASSWORD } });
  const code = await messaging.code(email);
  const { body } = await verifyCode(api, 'verify-email', email, asked.body['challengeId'], code);
  const tokens = body as Tokens;
  const claims = JSON.parse(Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string;
  };
  return { ...tokens, email, userId: claims.sub };
}

/** The mails that failed for good, by their jobs. */
export function failures({ redis }: World): Promise<string[]> {
  return redis.zrange('bull:mail:failed', 0, -1);
}

/** A notice that the mail server refused for good. @returns its job */
export async function failedNotice(world: World, person: Person): Promise<string> {
  const known = new Set(await failures(world));
  await behave(world.messaging.mailUrl, { mode: 'reject', code: 550 });
  await changePassword(await world.client(), person);
  const id = await poll('the failure', 20, async () => (await failures(world)).find((one) => !known.has(one)));
  await behave(world.messaging.mailUrl, { mode: 'accept' });
  return id;
}

async function changePassword(client: Client, { email }: Person): Promise<void> {
  for (const [from, to] of [
    [PASSWORD, OTHER_PASSWORD],
    [OTHER_PASSWORD, PASSWORD],
  ] as const) {
    const signedIn = await client.post('/auth/sign-in', {
      identifier: { scheme: 'email', value: email },
      credential: { scheme: 'password', value: from },
    });
    if (signedIn.status !== 200) continue;
    const change = { currentPassword: from, newPassword: to };
    const { status, text } = await client.post('/auth/password/change', change, String(signedIn.body['accessToken']));
    if (status !== 204) throw new Error(text);
    return;
  }
  throw new Error('neither password is right');
}

/** A number whose code was guessed at too often. */
export async function lockedPhone({ client }: World): Promise<string> {
  const [api, phone] = [await client(), randomPhone()];
  const { body } = await requestCode(api, 'phone-auth', phone);
  for (let count = 0; count < MAX_ATTEMPTS; count += 1)
    await verifyCode(api, 'phone-auth', phone, body['challengeId'], WRONG_CODE);
  return phone;
}

/** A refused guess at somebody's password, from an address of its own unless told. */
export function guess(client: Client, username = randomUsername(), address = newAddress()): Promise<Answer> {
  // Two proxies of ours in front, as production has them.
  const headers = { 'X-Forwarded-For': `${address}, 10.1.1.1` };
  return client.send('POST', '/auth/sign-in', { body: credentials(username, 'not what it is at all'), headers });
}

function newAddress(): string {
  addresses += 1;
  return `10.9.${Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
}

/** Whether the fourth guess from one address is refused. */
export async function fourthIsRefused(client: Client): Promise<boolean> {
  const address = newAddress();
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await guess(client, randomUsername(), address)).status);
  return statuses.at(-1) === 429;
}

/** Seconds that a new code asks for before the next one. */
export async function pauseOf(client: Client): Promise<number> {
  const askedAt = Date.now();
  const { body } = await requestCode(client, 'phone-auth', randomPhone());
  return Math.round((Date.parse(String(body['resendAvailableAt'])) - askedAt) / 1000);
}

/** Keys that cannot be used, for a while; a provider whose row is wrong; messages that are refused; a crash. */
export async function causeTrouble(world: World): Promise<void> {
  const { api, worker, cluster, messaging, sql } = world;
  const keys = cluster.secrets.get('identity-keys')!;
  cluster.secrets.set('identity-keys', { ...keys, 'manifest.json': 'no manifest' });
  const broken = spawnBroken(world);
  api.mount();
  await logged(api, /signing keys stay as they are/);
  api.previous = await broken;
  cluster.secrets.set('identity-keys', keys);
  api.mount();
  await sql(
    `INSERT INTO public."Configuration" (id, code, "group", data_type, j_value)
     VALUES ((SELECT max(id) + 1 FROM public."Configuration"), 'identity.sms.broken', 'identity.sms', 'JSON', '{"kind": "none"}')`,
  );
  await behave(messaging.smsUrl, { mode: 'reject' });
  await poll('an SMS that was refused', 40, async () => {
    await requestCode(await world.client(), 'phone-auth', randomPhone());
    return (/cannot be used/.test(worker.logs()) && /"channel":"sms".*"reason":/.test(worker.logs())) || undefined;
  });
  await behave(messaging.smsUrl, { mode: 'accept' });
  await sql(`DELETE FROM public."Configuration" WHERE code = 'identity.sms.broken'`);
}

/** What a process says that cannot start. */
async function spawnBroken({ api }: World): Promise<string> {
  const service = spawnService({ ...api.environment(), JWKS_DIR: '/nowhere', PORT: '1', MANAGEMENT_PORT: '2' });
  await service.ended;
  return service.output();
}
