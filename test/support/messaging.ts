import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { loadSettings } from '@platform/config';
import { freePort, poll, startMailCatcher, startSmsGateway } from '@platform/testing';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { runIdentity } from './run-identity.js';
import type { TestService } from './start-service.js';

/** A mail or an SMS as it arrived. */
interface Received {
  to: string;
  subject?: string;
  text: string;
}

/** What stands at the far end of the service: the worker, people's mailboxes and people's phones. */
export interface Messaging {
  mailUrl: string;
  smsUrl: string;
  /** The newest message to an address or number, once there is one that `isWanted` (by default any). */
  received(to: string, isWanted?: (message: Received) => boolean): Promise<Received>;
  /** The code in the newest message that has one. */
  code(to: string): Promise<string>;
  /** All that arrived so far, newest first. */
  all(to: string): Promise<Received[]>;
  /** Waits until the worker has nothing left to do; for a service on one Redis server. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** What the gateway knows us by. */
export const SMS_SECRET = 'secret-of-the-sms-gateway';
const CODE = /\b\d{6}\b/;

/**
 * Starts worker, mail catcher and SMS gateway for a service, and configures it as an operator would.
 * @param service of which the environment says all
 * @param options `worker` false leaves that to the caller, who wants one in a process of its own
 */
export async function startMessaging(
  { env }: Pick<TestService, 'env'>,
  options: { worker?: boolean } = {},
): Promise<Messaging> {
  const redis = await clearedRedis(env.REDIS_URL);
  // Ports that nobody else is given while `behave` has them shut.
  const mail = await startMailCatcher({ smtpPort: await freePort() });
  const sms = await startSmsGateway({ sendPort: await freePort(), partnerCode: 'dev', secretKey: SMS_SECRET });
  await configureProviders(env, mail.smtpPort, sms.sendUrl);
  const worker = options.worker === false ? undefined : await startWorker(env);
  const all = async (to: string) => {
    const origin = to.startsWith('+') ? sms.url : mail.url;
    const response = await fetch(`${origin}/api/messages?to=${encodeURIComponent(to)}`);
    return (await response.json()) as Received[];
  };
  const received = (to: string, isWanted: (message: Received) => boolean = () => true) =>
    poll(`a message to ${to}`, 15, async () => (await all(to)).find(isWanted));
  return {
    mailUrl: mail.url,
    smsUrl: sms.url,
    received,
    all,
    code: async (to) => CODE.exec((await received(to, ({ text }) => CODE.test(text))).text)?.[0] ?? '',
    idle: async () => {
      if (!redis) throw new Error('only of one Redis server is it known how full its queues are');
      await poll('an idle worker', 15, async () => (await jobsLeft(redis)) === 0 || undefined);
    },
    stop: async () => {
      await worker?.close();
      redis?.disconnect();
      await Promise.all([mail.stop(), sms.stop()]);
    },
  };
}

/**
 * Has the mail catcher or the stand-in for the SMS gateway treat what comes as in an outage, or well again.
 * @param origin `mailUrl` or `smsUrl`
 * @throws Error when it does not take that
 */
export async function behave(
  origin: string,
  behaviour: { mode: 'accept' | 'reject' | 'timeout' | 'down'; code?: number },
): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${origin}/api/behaviour`, { method: 'PUT', headers, body: JSON.stringify(behaviour) });
  if (!answer.ok) throw new Error(`${origin} answered ${answer.status} to ${behaviour.mode}`);
}

/** Jobs that a test file before this one left in the same Redis database are none of ours. */
async function clearedRedis(url?: string): Promise<Redis | undefined> {
  if (!url) return undefined;
  const redis = new Redis(url);
  await redis.flushdb();
  return redis;
}

async function startWorker(env: Record<string, string>) {
  const settings = loadSettings({ ...env, RUN_MODE: 'worker', MANAGEMENT_PORT: String(await freePort()) });
  return await NestFactory.createApplicationContext(WorkerModule.register(settings), { logger: false });
}

/** Counted in one moment: a job on its way from one list to the next would be in none of two counts. */
async function jobsLeft(redis: Redis): Promise<number> {
  const counts = redis.multi();
  for (const queue of ['bull:mail', 'bull:sms']) {
    for (const list of ['wait', 'active']) counts.llen(`${queue}:${list}`);
    for (const set of ['delayed', 'prioritized']) counts.zcard(`${queue}:${set}`);
  }
  const answers = (await counts.exec()) ?? [];
  return answers.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Tells the service of its mail server and its SMS gateway, as an operator does. */
export async function configureProviders(env: Record<string, string>, smtpPort: number, smsUrl: string): Promise<void> {
  const smtp = { host: '127.0.0.1', port: smtpPort, tls: 'none', from: 'NX Seller <no-reply@nx-seller.test>' };
  const vnpay = {
    kind: 'vnpay',
    enabled: true,
    order: 1,
    url: smsUrl,
    sender: 'NXSELLER',
    keyword: 'OTP',
    partnerCode: 'dev',
  };
  const set = async (code: string, group: string, value: object, credential?: string) => {
    const args = ['configuration', 'set', code, '--group', group, '--json', JSON.stringify(value)];
    const result = await runIdentity(env, [...args, ...(credential ? ['--credential-stdin'] : [])], credential);
    if (result.code !== 0) throw new Error(`configuration set ${code} failed: ${result.err}`);
  };
  await set('identity.mail.smtp', 'identity.mail', smtp);
  await set('identity.sms.vnpay', 'identity.sms', vnpay, SMS_SECRET);
}
