import type { Enforcer } from 'casbin';
import { InvalidRequest } from './errors.js';

/** A policy as in Casbin's files: `['p', 'ana', 'book', 'read']`, `['g', 'ana', 'librarian']`. */
export type PolicyLine = readonly [type: string, ...values: string[]];

/** What a request comes to. */
export interface Decision {
  allowed: boolean;
  /** The line of type `p` that decided; none where no line did. */
  line?: PolicyLine;
}

/** Decides by the lines it was made from, and never changes: it may be kept and shared. */
export class PolicyEnforcer {
  /** @param arity how many values the model's request has */
  constructor(
    private readonly enforcer: Enforcer,
    private readonly arity: number,
  ) {}

  /** @throws InvalidRequest */
  isAllowed(...request: string[]): boolean {
    this.assertUsable(request);
    return this.enforcer.enforceSync(...request);
  }

  /** @throws InvalidRequest */
  decide(...request: string[]): Decision {
    this.assertUsable(request);
    const [allowed, values] = this.enforcer.enforceExSync(...request);
    return { allowed, ...(values.length > 0 && { line: ['p', ...values] }) };
  }

  private assertUsable(request: string[]): void {
    if (request.length !== this.arity)
      throw new InvalidRequest(`it has ${request.length} values, the model's has ${this.arity}`);
    const fault = request.map(faultOf).find((each) => each !== undefined);
    if (fault) throw new InvalidRequest(fault);
  }
}

/**
 * Why a value must not come before Casbin. It remembers what its role functions said by the values with commas between,
 * so that `a,b` and `c` would be answered as `a` and `b,c`; and without any policy it compares the request to empty text.
 * @returns undefined for a good one
 */
export function faultOf(value: string): string | undefined {
  if (value === '') return 'a value is empty';
  return value.includes(',') ? 'a value has a comma in it' : undefined;
}
