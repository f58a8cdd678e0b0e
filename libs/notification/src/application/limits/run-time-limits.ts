import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type LimitFault, LimitsInForce, limitsOf, SETTINGS, type Settings } from '@platform/config';
import { Database } from '@platform/database';
import { LimitRows } from './limit-rows.js';
import { readLimits } from './read-limits.js';

/** A change is promised within 10 s: three seconds, a statement's deadline, and room for one that is lost. */
const EVERY_MS = 3000;

/**
 * The limits of the settings as public."Configuration" tightens them, read in the background: a request pays nothing for
 * it. Until PostgreSQL has answered, the settings hold; while it is away, what was read last.
 */
@Injectable()
export class RunTimeLimits extends LimitsInForce implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RunTimeLimits.name);
  private readonly closing = new AbortController();
  private readonly settings;
  private limits;
  private told = '[]';
  private failing = false;

  constructor(
    private readonly database: Database,
    private readonly rows: LimitRows,
    @Inject(SETTINGS) settings: Pick<Settings, 'otp' | 'signIn'>,
  ) {
    super();
    this.settings = limitsOf(settings);
    this.limits = this.settings;
  }

  get current() {
    return this.limits;
  }

  onApplicationBootstrap(): void {
    void this.follow();
  }

  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  private async follow(): Promise<void> {
    await this.database.connected();
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.refresh();
      await setTimeout(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async refresh(): Promise<void> {
    try {
      const { limits, faults } = await readLimits(this.rows, this.settings);
      this.adopt(limits, faults);
      this.failing = false;
    } catch (error) {
      // The table may not be migrated yet, or PostgreSQL is away: said once.
      if (!this.failing && !this.closing.signal.aborted)
        this.logger.warn(`the limits stay as they were last read: ${(error as Error).message}`);
      this.failing = true;
    }
  }

  private adopt(limits: RunTimeLimits['limits'], faults: LimitFault[]): void {
    if (!isDeepStrictEqual(limits, this.limits)) {
      const tightened = !isDeepStrictEqual(limits, this.settings);
      this.logger.log({ limits, msg: tightened ? 'limits are tightened' : 'limits are those of the settings again' });
      this.limits = limits;
    }
    const text = JSON.stringify(faults);
    if (text === this.told) return;
    this.told = text;
    for (const { code, path, message } of faults)
      this.logger.warn({
        configuration: code,
        path,
        reason: message,
        msg: 'a limit in the configuration counts for nothing',
      });
  }
}
