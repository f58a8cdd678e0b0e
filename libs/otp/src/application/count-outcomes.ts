import type { OtpNamespace } from '@platform/config';
import { DomainError } from '@platform/kernel';
import { counter } from '@platform/telemetry';
import { NAMESPACE_NAMES } from '../domain/namespaces.js';

/** How the outcome of a use case is named in a metric: without an error, by the error's code, and by any other. */
interface Outcomes {
  success: string;
  failures: Record<string, string>;
  other: string;
}

/** Counts how a use case ends, by namespace. */
export class CountOutcomes {
  private readonly counter;

  constructor(
    name: string,
    help: string,
    private readonly outcomes: Outcomes,
  ) {
    this.counter = counter(name, help, ['namespace', 'outcome']);
    // An alert divides by these: every series exists, at 0, before its first event.
    for (const namespace of NAMESPACE_NAMES) {
      for (const outcome of new Set([outcomes.success, ...Object.values(outcomes.failures), outcomes.other]))
        this.counter.inc({ namespace, outcome }, 0);
    }
  }

  async count<T>(namespace: OtpNamespace, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.counter.inc({ namespace, outcome: this.outcomes.success });
      return result;
    } catch (error) {
      const { failures, other } = this.outcomes;
      const outcome = (error instanceof DomainError && failures[error.code]) || other;
      this.counter.inc({ namespace, outcome });
      throw error;
    }
  }
}
