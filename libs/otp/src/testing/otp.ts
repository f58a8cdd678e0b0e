import { randomBytes, randomUUID } from 'node:crypto';
import { type LimitsInForce, limitsOf, type OtpLimits, type Settings } from '@platform/config';
import { type Clock, systemClock } from '@platform/kernel';
import type { RedisConnection } from '@platform/redis';
import { type MessageOrder, MessageQueue } from '@identity/notification';
import { MintChallenge } from '../application/mint-challenge.js';
import { type CodeOrder, RequestCode } from '../application/request-code.js';
import { SmsGuard } from '../application/sms-guard.js';
import { VerifyCode } from '../application/verify-code.js';
import { CodeMacs } from '../domain/code-macs.js';
import { RedisPendingCodes } from '../persistence/redis-pending-codes.js';
import { RedisSmsLedger } from '../persistence/redis-sms-ledger.js';

const LIMITS: OtpLimits = {
  codeTtlSeconds: { email: 600, phone: 300 },
  resendCooldownSeconds: 60,
  maxAttempts: 5,
  lockSeconds: 900,
  dailyQuota: 10,
};

const PEPPER = { current: randomBytes(32) };

/** Stands for the way to the worker: keeps what was ordered, or fails as told. */
class RecordingQueue extends MessageQueue {
  readonly orders: MessageOrder[] = [];
  failure: Error | undefined;

  async enqueue(order: MessageOrder): Promise<void> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
    this.orders.push(order);
  }

  /** The code that was sent last. */
  get code(): string {
    return this.orders.at(-1)!.values['code']!;
  }
}

export interface OtpOptions {
  limits?: Partial<OtpLimits>;
  pepper?: { current: Buffer; previous?: Buffer };
  clock?: Pick<Clock, 'now'>;
  sms?: Partial<Settings['sms']>;
  accountsOpen?: boolean;
}

/** The use cases of one process, on `client`. */
export function otpOn(client: RedisConnection, options: OtpOptions = {}) {
  const { pepper = PEPPER, clock = systemClock, accountsOpen = true } = options;
  const limits = { ...LIMITS, ...options.limits };
  const settings = {
    otp: { 'verify-email': limits, 'phone-auth': limits, 'forgot-password': limits, pepperFile: '' },
    sms: { allowedCountries: ['VN'], guardMode: 'deny' as const, ...options.sms },
    signIn: { maxFailures: 10, lockSeconds: 900 },
    phoneAuthCreatesAccount: accountsOpen,
  };
  const inForce: LimitsInForce = { current: limitsOf(settings) };
  const codes = new RedisPendingCodes(client, inForce, new CodeMacs(pepper));
  const ledger = new RedisSmsLedger(client, inForce);
  const guard = new SmsGuard(ledger, settings, clock);
  const queue = new RecordingQueue();
  const request = new RequestCode(codes, guard, queue, new MintChallenge(clock, inForce), settings);
  const verify = new VerifyCode(codes, guard);
  return { codes, ledger, guard, queue, request, verify };
}

export type Otp = ReturnType<typeof otpOn>;

/** An order for an identifier that no other test has. */
export function mailOrder(namespace: 'verify-email' | 'forgot-password' = 'verify-email'): CodeOrder {
  return { namespace, identifier: { scheme: 'email', value: `${randomUUID()}@example.com` }, locale: 'vi' };
}

let numbers = 0;

export function phoneOrder(namespace: 'phone-auth' | 'forgot-password' = 'phone-auth'): CodeOrder {
  numbers += 1;
  const value = `+8490${String(numbers).padStart(3, '0')}1234`;
  return { namespace, identifier: { scheme: 'phone', value }, locale: 'vi', country: 'VN' };
}

/** A code of six digits that is not `code`. */
export function wrong(code: string): string {
  return code === '000000' ? '000001' : '000000';
}

/** Each settled promise as `ok` or the code of its error. */
export async function outcomes(work: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((each) =>
    each.status === 'fulfilled' ? 'ok' : ((each.reason as { code?: string }).code ?? String(each.reason)),
  );
}

/** How often each outcome came. */
export function tally(results: string[]): Record<string, number> {
  return Object.fromEntries([...new Set(results)].map((key) => [key, results.filter((each) => each === key).length]));
}
