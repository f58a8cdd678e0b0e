import { HttpException, Inject, Injectable } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorFunction } from '@nestjs/terminus';
import { gauge } from '@platform/telemetry';

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
  constructor(
    private readonly health: HealthCheckService,
    @Inject(READINESS_CHECKS) private readonly checks: ReadinessChecks,
  ) {
    const names = [...Object.keys(checks.critical), ...Object.keys(checks.informative)];
    gauge('identity_dependency_up', 'Whether a dependency answers (1) or not (0).', ['dependency'], async (up) => {
      const { result } = await this.check();
      for (const name of names) up.set({ dependency: name }, result.details[name]?.status === 'up' ? 1 : 0);
    });
  }

  async check(): Promise<{ ready: boolean; result: HealthCheckResult }> {
    const [critical, informative] = await Promise.all([this.checkCritical(), this.checkInformative()]);
    const { result } = critical;
    const degraded = result.status === 'ok' && Object.values(informative).some(({ status }) => status === 'down');
    return {
      ready: critical.ready,
      result: {
        ...result,
        status: degraded ? 'degraded' : result.status,
        details: { ...result.details, ...informative },
      },
    };
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
