import { Inject, Injectable } from '@nestjs/common';
import { Enforcer, type Model, newModelFromString } from 'casbin';
import { CASBIN_OPTIONS, type CasbinOptions } from './casbin-options.js';
import { InvalidModel, InvalidPolicyLine } from './errors.js';
import { faultOf, PolicyEnforcer, type PolicyLine } from './policy-enforcer.js';
import { RoleGraph } from './role-graph.js';
import { StatelessEnforcer } from './stateless-enforcer.js';

/** Where lines of a type go, and how many values they have. */
interface Place {
  count: number;
  add: (values: string[]) => void;
}

/**
 * Makes an enforcer from a handful of lines: those of one subject, say. Casbin's own, shared and with
 * `loadFilteredPolicy` for each request, answers one caller from the lines of another; one that is made for the request
 * or kept for its subject cannot. Making one is synchronous and takes about 0.07 ms with 20 lines.
 */
@Injectable()
export class EnforcerFactory {
  private readonly arity: number;

  /** @throws InvalidModel */
  constructor(@Inject(CASBIN_OPTIONS) private readonly options: CasbinOptions) {
    this.arity = tokensOf(this.model(), 'r').length;
  }

  /** @throws InvalidPolicyLine */
  create(lines: Iterable<PolicyLine>): PolicyEnforcer {
    const model = this.model();
    const places = placesIn(model);
    for (const line of lines) {
      const [type, ...values] = line;
      const place = places.get(type);
      if (!place) throw new InvalidPolicyLine(line, `the model has no type ${type}`);
      if (values.length !== place.count)
        throw new InvalidPolicyLine(line, `it has ${values.length} values, the model's has ${place.count}`);
      const fault = values.map(faultOf).find((each) => each !== undefined);
      if (fault) throw new InvalidPolicyLine(line, fault);
      place.add(values);
    }
    const enforcer = new Enforcer();
    enforcer.setModel(model);
    enforcer.sortPolicies();
    return new PolicyEnforcer(enforcer, this.arity);
  }

  /** One for any number of decisions, each by lines of its own. */
  stateless(): StatelessEnforcer {
    return new StatelessEnforcer(this.model());
  }

  /** One of its own for each enforcer, which keeps its lines in it. */
  private model(): Model {
    try {
      return newModelFromString(this.options.model);
    } catch (cause) {
      throw new InvalidModel((cause as Error).message, { cause });
    }
  }
}

/** Past `addPolicy` and `addLink`, which look through all lines for each new one. */
function placesIn({ model }: Model): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [type, assertion] of model.get('p') ?? []) {
    places.set(type, { count: assertion.tokens.length, add: (values) => void assertion.policy.push(values) });
  }
  for (const [type, assertion] of model.get('g') ?? []) {
    const roles = new RoleGraph();
    assertion.rm = roles;
    const count = assertion.value.split('_').length - 1;
    places.set(type, { count, add: ([name = '', role = '', domain]) => roles.link(name, role, domain) });
  }
  return places;
}

function tokensOf({ model }: Model, section: string): string[] {
  const tokens = model.get(section)?.get(section)?.tokens;
  if (!tokens) throw new InvalidModel(`it has no section ${section}`);
  return tokens;
}
