import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { ServiceAccounts } from './service-accounts.js';

const EVERY_MS = 60_000;

/** Remembers when each service account was last used, to the minute, beside the requests and never in their way. */
@Injectable()
export class ServiceAccountUse {
  private readonly logger = new Logger(ServiceAccountUse.name);
  private readonly notedAt = new LRUCache<string, number>({ max: 1000 });

  constructor(
    private readonly accounts: ServiceAccounts,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** Returns at once; what goes wrong is made up for a minute later. */
  note(id: string): void {
    const now = this.clock.monotonic();
    const last = this.notedAt.get(id);
    if (last !== undefined && now - last < EVERY_MS) return;
    this.notedAt.set(id, now);
    this.accounts.markUsed(id).catch((error: unknown) => {
      this.logger.debug({ err: error, msg: 'the last use of a service account was not noted' });
    });
  }
}
