import { Inject, Injectable } from '@nestjs/common';
import { EnforcerFactory, type StatelessEnforcer } from 'nest-casbin';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { durations } from '@platform/telemetry';
import type { Check, CheckResult } from '../domain/check.js';
import { isDomain, SYSTEM_WIDE } from '../domain/definition.js';
import { decide } from './decide.js';
import { KnownDecisions } from './known-decisions.js';
import { type Grounds, Policies, type PolicyOrigin } from './policies.js';

const BUCKETS = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1];
const ORIGINS: PolicyOrigin[] = ['memory', 'redis', 'postgres'];

/** Decides checks by the definitions in PostgreSQL, at most a second behind. */
@Injectable()
export class CheckPolicies {
  private readonly enforcer: StatelessEnforcer;
  private readonly known = new KnownDecisions();
  private readonly seconds = durations(
    'identity_policy_check_seconds',
    'How long a call with checks took to be decided, by where the policies were found.',
    ['cache'],
    BUCKETS,
  );

  constructor(
    private readonly policies: Policies,
    factory: EnforcerFactory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.enforcer = factory.stateless();
    for (const cache of ORIGINS) this.seconds.zero(cache);
  }

  /** @throws DomainError `database.unavailable` */
  async one(check: Check): Promise<CheckResult> {
    const began = this.clock.monotonic();
    const grounds = this.policies.atHand(check.subject, domainOf(check));
    if (grounds) {
      const decided = this.decide(check, grounds);
      this.measure(['memory'], this.clock.monotonic() - began);
      return decided;
    }
    const [result] = await this.all([check]);
    if (!result) throw new Error('a check without a result');
    return result;
  }

  /**
   * Any number of checks with one round trip to each store.
   * @returns in order
   * @throws DomainError `database.unavailable`
   */
  async all(checks: readonly Check[]): Promise<CheckResult[]> {
    const began = this.clock.monotonic();
    const named = checks.flatMap((check) => domainOf(check) ?? []);
    const [slices, domains, hierarchy] = await Promise.all([
      this.policies.slices(checks.map(({ subject }) => subject)),
      this.policies.domains(named),
      this.policies.hierarchy(),
    ]);
    const ancestors = new Map(named.map((domain, index) => [domain, domains[index]?.within]));
    const results = checks.map((check, index) => {
      const { slice } = slices[index] ?? {};
      if (!slice) throw new Error('a check without a slice');
      return this.decide(check, { slice, hierarchy, domains: ancestors.get(check.domain ?? SYSTEM_WIDE) });
    });
    this.measure(
      slices.map(({ origin }) => origin),
      this.clock.monotonic() - began,
    );
    return results;
  }

  private decide(check: Check, grounds: Grounds): CheckResult {
    return this.known.decide(check, grounds, (asked, on) => decide(this.enforcer, asked, on));
  }

  /** A call counts for the slowest store that it needed. */
  private measure(origins: PolicyOrigin[], milliseconds: number): void {
    const cache = ORIGINS.findLast((origin) => origins.includes(origin)) ?? 'memory';
    this.seconds.observe(milliseconds / 1000, cache);
  }
}

/** The domain that a check is about, if it is about one. */
function domainOf({ domain }: Check): string | undefined {
  return domain !== undefined && isDomain(domain) ? domain : undefined;
}
