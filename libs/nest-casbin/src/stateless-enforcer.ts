import { Enforcer, type Model } from 'casbin';
import { InvalidPolicyLine, InvalidRequest } from './errors.js';
import { type Decision, faultOf } from './policy-enforcer.js';

/** Does `name` have `role`, in `domain` where the model's roles have domains? */
export type HasRole = (name: string, role: string, domain?: string) => boolean;

/** What one decision rests on. */
export interface PolicySource {
  /** The values of each line of type `p`, as many as the model's. */
  rules: readonly string[][];
  /** The role functions, by their names in the model: `g`, `g2`. */
  roles: Readonly<Record<string, HasRole>>;
}

/**
 * Decides each request by policies that come with it, and keeps none: for whoever has the lines at hand already and
 * knows the roles. No enforcer is made, and no call can see the lines of another, since none waits in between.
 */
export class StatelessEnforcer {
  private readonly enforcer = new Enforcer();
  private readonly arity: number;
  private readonly width: number;
  private readonly keep: (rules: string[][]) => void;
  private roles: PolicySource['roles'] = {};

  /** @param model its own, with no lines in it */
  constructor(model: Model) {
    this.enforcer.setModel(model);
    const rule = model.model.get('p')?.get('p');
    this.width = rule?.tokens.length ?? 0;
    this.arity = model.model.get('r')?.get('r')?.tokens.length ?? 0;
    this.keep = (rules) => {
      if (rule) rule.policy = rules;
    };
    for (const [type, assertion] of model.model.get('g') ?? []) {
      assertion.rm.syncedHasLink = (name, role, domain) => this.roles[type]?.(name, role, domain) ?? false;
    }
  }

  /** @throws InvalidPolicyLine, InvalidRequest */
  decide({ rules, roles }: PolicySource, ...request: string[]): Decision {
    for (const rule of rules) this.assertRule(rule);
    if (request.length !== this.arity)
      throw new InvalidRequest(`it has ${request.length} values, the model's has ${this.arity}`);
    const fault = firstFault(request);
    if (fault) throw new InvalidRequest(fault);
    this.roles = roles;
    this.keep([...rules]);
    try {
      const [allowed, values] = this.enforcer.enforceExSync(...request);
      return { allowed, ...(values.length > 0 && { line: ['p', ...values] }) };
    } finally {
      this.keep([]);
      this.roles = {};
    }
  }

  private assertRule(rule: string[]): void {
    const fault = rule.length === this.width ? firstFault(rule) : `it has ${rule.length} values, not ${this.width}`;
    if (fault) throw new InvalidPolicyLine(['p', ...rule], fault);
  }
}

function firstFault(values: string[]): string | undefined {
  for (const value of values) {
    const fault = faultOf(value);
    if (fault) return fault;
  }
  return undefined;
}
