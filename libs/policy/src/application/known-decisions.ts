import { LRUCache } from 'lru-cache';
import type { Check, CheckResult } from '../domain/check.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import type { Grounds } from './policies.js';

/** Some 250 bytes each. */
const MAX_KNOWN = 20_000;

/**
 * What was decided already. Grounds never change, others take their place: a decision holds for as long as its own are
 * those at hand, and Casbin, which takes twenty times as long, is asked the same thing once.
 */
export class KnownDecisions {
  private readonly known = new LRUCache<string, { result: CheckResult; domains: Grounds['domains'] }>({
    max: MAX_KNOWN,
  });
  private hierarchy?: Hierarchy;

  /** @param find what decides when it is not known */
  decide(check: Check, grounds: Grounds, find: (check: Check, grounds: Grounds) => CheckResult): CheckResult {
    if (this.hierarchy !== grounds.hierarchy) {
      this.known.clear();
      this.hierarchy = grounds.hierarchy;
    }
    // No name holds a space; the number stands for the subject and for what was said of it then.
    const key = `${grounds.slice.serial} ${check.object} ${check.action} ${check.domain ?? ''}`;
    const known = this.known.get(key);
    if (known && known.domains === grounds.domains) return known.result;
    const result = Object.freeze(find(check, grounds));
    this.known.set(key, { result, domains: grounds.domains });
    return result;
  }
}
