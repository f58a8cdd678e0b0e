import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { type LiveServiceAccount, MAX_SERVICE_ACCOUNTS, ServiceAccounts } from './service-accounts.js';

/** A revocation counts within a second; this leaves room for the statement itself. */
const FRESH_MS = 900;
/** Who was refused may have been made just now; reading again so often still costs PostgreSQL nothing. */
const SECOND_LOOK_MS = 100;

type ByName = ReadonlyMap<string, LiveServiceAccount>;

/**
 * The service accounts that may be used, all of them in memory: who sends a name that is not among them, were it a
 * million times, costs PostgreSQL ten small statements a second. Nothing is read while nobody asks.
 */
@Injectable()
export class LiveServiceAccounts {
  private readonly logger = new Logger(LiveServiceAccounts.name);
  private known?: { accounts: ByName; readAt: number };
  private reading?: Promise<ByName>;
  private isOverfull = false;

  constructor(
    private readonly store: ServiceAccounts,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** As `find`, without waiting; nothing also where it would have to be looked up. */
  atHand(name: string): LiveServiceAccount | undefined {
    return this.youngerThan(FRESH_MS)?.get(name);
  }

  /**
   * The account of this name as it was less than a second ago, if it was not revoked.
   * @throws DomainError `database.unavailable`
   */
  async find(name: string): Promise<LiveServiceAccount | undefined> {
    return (await this.asOf(FRESH_MS)).get(name);
  }

  /**
   * As `find`, as it was less than a tenth of a second ago: for who is about to be refused.
   * @throws DomainError `database.unavailable`
   */
  async findAgain(name: string): Promise<LiveServiceAccount | undefined> {
    return (await this.asOf(SECOND_LOOK_MS)).get(name);
  }

  private async asOf(maxAgeMs: number): Promise<ByName> {
    const young = this.youngerThan(maxAgeMs);
    if (young) return young;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return await this.reading;
  }

  private youngerThan(maxAgeMs: number): ByName | undefined {
    if (this.known && this.clock.monotonic() - this.known.readAt < maxAgeMs) return this.known.accounts;
    return undefined;
  }

  private async read(): Promise<ByName> {
    const readAt = this.clock.monotonic(); // before the statement, whose answer is no younger than its start
    const found = await this.store.live(MAX_SERVICE_ACCOUNTS + 1);
    this.warnOnce(found.length > MAX_SERVICE_ACCOUNTS);
    const accounts = new Map(found.slice(0, MAX_SERVICE_ACCOUNTS).map((account) => [account.name, account]));
    this.known = { accounts, readAt };
    return accounts;
  }

  private warnOnce(isOverfull: boolean): void {
    if (isOverfull && !this.isOverfull) {
      this.logger.warn(`there are more than ${MAX_SERVICE_ACCOUNTS} service accounts: the newest are not accepted`);
    }
    this.isOverfull = isOverfull;
  }
}
