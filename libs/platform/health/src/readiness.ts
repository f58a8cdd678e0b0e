import { HttpException, Inject, Injectable } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorFunction } from '@nestjs/terminus';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { gauge } from '@platform/telemetry';

/**
 * How old the state may be that a scrape shows. Where probes come in time, a scrape adds no check: it must not count
 * towards the three failures that make the service unready, nor cost PostgreSQL a statement. Where nobody probes (a
 * worker outside Kubernetes, a second scraper), the last state would be the one of the start for ever, so that a scrape
 * checks by itself, at most once in this time. Half of Kubernetes' default probe period of 10 s, and less than the
 * interval of any usual scraper.
 */
const MAX_AGE_MS = 5000;

/** Injection token of what readiness looks at. */
export const READINESS_CHECKS = Symbol('readiness-checks');

/** What readiness looks at: `critical` decides, `informative` is only told. By name of the dependency. */
export interface ReadinessChecks {
  critical: Record<string, HealthIndicatorFunction>;
  informative: Record<string, () => Promise<{ status: 'up' | 'down' }>>;
}

/** Terminus' answer, `ready` or not. */
@Injectable()
export class Readiness {
  private last: { details: HealthCheckResult['details']; at: number } | undefined;

  constructor(
    private readonly health: HealthCheckService,
    @Inject(READINESS_CHECKS) private readonly checks: ReadinessChecks,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    const names = [...Object.keys(checks.critical), ...Object.keys(checks.informative)];
    gauge('identity_dependency_up', 'Whether a dependency answers (1) or not (0).', ['dependency'], async (up) => {
      const details = await this.recentDetails();
      for (const name of names) up.set({ dependency: name }, details[name]?.status === 'up' ? 1 : 0);
    });
  }

  async check(): Promise<{ ready: boolean; result: HealthCheckResult }> {
    const [critical, informative] = await Promise.all([this.checkCritical(), this.checkInformative()]);
    const { result } = critical;
    const details = { ...result.details, ...informative };
    this.last = { details, at: this.clock.monotonic() };
    const degraded = result.status === 'ok' && Object.values(informative).some(({ status }) => status === 'down');
    return {
      ready: critical.ready,
      result: {
        ...result,
        status: degraded ? 'degraded' : result.status,
        details,
      },
    };
  }

  private async recentDetails(): Promise<HealthCheckResult['details']> {
    if (this.last && this.clock.monotonic() - this.last.at <= MAX_AGE_MS) return this.last.details;
    return (await this.check()).result.details;
  }

  private async checkCritical(): Promise<{ ready: boolean; result: HealthCheckResult }> {
    try {
      return { ready: true, result: await this.health.check(Object.values(this.checks.critical)) };
    } catch (error) {
      if (!(error instanceof HttpException)) throw error;
      return { ready: false, result: error.getResponse() as HealthCheckResult };
    }
  }

  private async checkInformative(): Promise<Record<string, { status: 'up' | 'down' }>> {
    const entries = Object.entries(this.checks.informative);
    return Object.fromEntries(await Promise.all(entries.map(async ([name, check]) => [name, await check()] as const)));
  }
}
