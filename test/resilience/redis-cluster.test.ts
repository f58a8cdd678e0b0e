import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll, type RunningCluster, startCluster } from '@platform/testing';
import { randomEmail, randomPhone } from '../support/addresses.js';
import { requestCode, verifyCode } from '../support/codes.js';
import { codeJourney } from '../support/journey.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { serverFolder } from '../support/outages.js';
import { PatientClient } from '../support/patient-client.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { startService, type TestService } from '../support/start-service.js';

/** As REDIS_CLUSTER_NODES wants it in a URL. */
const SECRET = 'p%40ss%2Cword';
/** Enough that every master owns some of them. */
const PEOPLE = 9;
/** No more at once than a busy machine can serve within the deadlines of requests. */
const AT_ONCE = 3;

let folder: ReturnType<typeof serverFolder>;
let cluster: RunningCluster;
let service: TestService;
let messaging: Messaging;

beforeAll(async () => {
  folder = serverFolder();
  const password = decodeURIComponent(SECRET);
  cluster = await startCluster({
    dir: join(folder.path, 'cluster'),
    masters: 3,
    replica: true,
    settings: { requirepass: password, masterauth: password },
  });
  // All of them: whoever loses every connection at once comes back by this list alone.
  const nodes = cluster.addresses.map((address) => `redis://:${SECRET}@${address}`).join(',');
  service = await startService({ env: { REDIS_URL: '', REDIS_CLUSTER_NODES: nodes } });
  messaging = await startMessaging(service);
});

afterAll(async () => {
  await messaging.stop();
  await service.stop();
  await cluster.stop();
  folder.remove();
});

const journey = () => codeJourney(new PatientClient(service.origin), (email) => messaging.code(email));

it('every journey goes over the nodes of a Cluster that wants a password: codes, mail, SMS', async () => {
  await oneByOne(PEOPLE / AT_ONCE, () => atOnce(AT_ONCE, journey));
  const phone = randomPhone();
  const client = new PatientClient(service.origin);
  const asked = await requestCode(client, 'phone-auth', phone);
  const code = await messaging.code(phone);
  const entered = await verifyCode(client, 'phone-auth', phone, asked.body.challengeId, code);
  expect(entered.status).toBe(200);
});

it('all go on after a failover of one master, without a restart, and codes that were asked for are still there', async () => {
  const { client } = service;
  const emails = Array.from({ length: PEOPLE }, randomEmail);
  const patient = new PatientClient(service.origin);
  const before = await Promise.all(emails.map((email) => requestCode(patient, 'verify-email', email)));
  expect(tally(before)).toEqual({ 202: PEOPLE });
  const codes = await Promise.all(emails.map((email) => messaging.code(email)));

  cluster.masters[0]?.kill('SIGKILL');
  await cluster.masters[0]?.exited;
  // Who has nothing on the lost node notices nothing, the others are told to come again.
  const during = await Promise.all(emails.map(() => requestCode(client, 'verify-email', randomEmail())));
  expect(during.every(({ status }) => status === 202 || status === 503)).toBe(true);
  // The same addresses: others may all lie on the masters that were never away.
  await poll('answers for all', 30, async () => {
    const answers = await Promise.all(emails.map((email) => requestCode(client, 'verify-email', email)));
    return answers.every(({ body }) => body.code === 'otp.cooldown') || undefined;
  });
  // One by one: a Redis that is slow for a quarter second is as good as away, for all that is asked at that moment.
  const verified = await oneByOne(PEOPLE, (at) => {
    const { challengeId } = before[at]?.body ?? {};
    return verifyCode(patient, 'verify-email', emails[at] ?? '', String(challengeId), codes[at] ?? '');
  });
  expect(tally(verified)).toEqual({ 200: PEOPLE });
  await oneByOne(PEOPLE / AT_ONCE, () => atOnce(AT_ONCE, journey));
});

it('failures of one account lock it', async () => {
  const { username } = await service.client.signUp();
  const guesses = await oneByOne(11, () => service.client.signIn(username, 'not what it is at all'));
  expect(guesses.at(-1)?.status).toBe(429);
});
