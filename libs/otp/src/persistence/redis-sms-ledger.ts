import type { Cluster, Redis } from 'ioredis';
import type { LimitsInForce } from '@platform/config';
import { type DenialReason, SMS_LIMITS, type SmsDimensions, type SmsTicket } from '../domain/sms-guard.js';
import type { SmsDenial, SmsLedger } from '../application/sms-ledger.js';
import { answerOf } from './answer-of.js';
import { ADMIT, GIVE_BACK, SETTLE } from './sms-scripts.js';

type Arguments = (string | number)[];

/** The scripts as ioredis adds them to its client: sent once, then called by their digest. */
interface LedgerCommands {
  smsAdmit(...all: Arguments): Promise<[DenialReason, number] | null>;
  smsGiveBack(...all: Arguments): Promise<null>;
  smsSettle(...all: Arguments): Promise<null>;
}

const DIMENSIONS = ['country', 'prefix', 'network'] as const satisfies (keyof SmsDimensions)[];

/** Counts in Redis, for all processes together; the last of it is gone after 14 days. */
export class RedisSmsLedger implements SmsLedger {
  private readonly commands: LedgerCommands;

  /** @param client connected by the caller, with a command timeout; a Cluster serves too */
  constructor(
    private readonly client: Redis | Cluster,
    private readonly inForce: LimitsInForce,
  ) {
    client.defineCommand('smsAdmit', { numberOfKeys: 6, lua: ADMIT });
    client.defineCommand('smsGiveBack', { numberOfKeys: 6, lua: GIVE_BACK });
    client.defineCommand('smsSettle', { numberOfKeys: 6, lua: SETTLE });
    // defineCommand adds methods that the client's type cannot know of.
    this.commands = client as unknown as LedgerCommands;
  }

  async admit(ticket: SmsTicket, now: Date): Promise<SmsDenial | undefined> {
    const { ratio, hourlyDivisor, maxCountries } = SMS_LIMITS;
    const floors = this.inForce.current.sms;
    const limits = DIMENSIONS.flatMap((dimension) => {
      const { daily, hourly } = floors[dimension];
      const { verified } = SMS_LIMITS[dimension];
      return [dimension, daily, hourly, verified.bucketMs, verified.buckets, verified.of];
    });
    const rules = [ratio, hourlyDivisor, maxCountries, ...limits];
    const denied = await answerOf(
      this.commands.smsAdmit(...this.keys(ticket), now.getTime(), member(ticket), ticket.country, ...rules),
    );
    return denied ? { reason: denied[0], retryAfterMs: denied[1] } : undefined;
  }

  async giveBack(ticket: SmsTicket): Promise<void> {
    await answerOf(this.commands.smsGiveBack(...this.keys(ticket), member(ticket)));
  }

  async settle(ticket: SmsTicket, now: Date): Promise<void> {
    const buckets = DIMENSIONS.flatMap((dimension) => {
      const { bucketMs, buckets: kept } = SMS_LIMITS[dimension].verified;
      return [bucketMs, kept];
    });
    await answerOf(
      this.commands.smsSettle(...this.keys(ticket), now.getTime(), member(ticket), ticket.country, ...buckets),
    );
  }

  /** One decision looks at all of them, so in a Cluster they share a hash tag; SMS are few enough for one node. */
  private keys(ticket: SmsTicket): string[] {
    const prefix = this.client.isCluster ? 'sms:guard:{guard}' : 'sms:guard';
    const keys = (state: string) => DIMENSIONS.map((name) => `${prefix}:${state}:${name}:${ticket[name]}`);
    return [...keys('unverified'), ...keys('verified')];
  }
}

function member({ country, id }: SmsTicket): string {
  return `${country}:${id}`;
}
