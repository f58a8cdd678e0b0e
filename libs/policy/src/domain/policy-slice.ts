import { MAX_DEPTH, reach } from './reach.js';
import { ANYWHERE, meaningOf, type SliceRow } from './slice-row.js';

/** The values of a line of type `p`: subject, domain, object, action, effect, id. */
export type Rule = [subject: string, domain: string, object: string, action: string, effect: string, id: string];

interface RoleEdge {
  role: string;
  domain: string;
}

/** What is said of one subject: what is granted to it and its roles, and where it belongs. Never changes. */
export class PolicySlice {
  private readonly rules = new Map<string, Rule[]>();
  private readonly roles = new Map<string, RoleEdge[]>();
  private readonly memberships = new Map<string, string[]>();
  /** Definitions that say nothing we could follow, and why. */
  readonly unusable: { id: string; reason: string }[] = [];

  /** @param subject as `nameOf` names it */
  constructor(
    readonly subject: string,
    rows: readonly SliceRow[],
  ) {
    for (const row of rows) this.add(row);
  }

  /** What is granted or denied on an object of exactly this code. */
  rulesOn(object: string): readonly Rule[] {
    return this.rules.get(object) ?? [];
  }

  allRules(): Rule[] {
    return [...this.rules.values()].flat();
  }

  /** The subject and the roles that it has in a domain. */
  holds(domain: string): Set<string> {
    const inDomain = ({ domain: held }: RoleEdge) => held === ANYWHERE || held === domain;
    const next = (name: string) => (this.roles.get(name) ?? []).filter(inDomain).map(({ role }) => role);
    return reach(this.subject, next, MAX_DEPTH);
  }

  /** The domains in which anything but the roles held everywhere is held. */
  roleDomains(): string[] {
    const edges = [...this.roles.values()].flat();
    return [...new Set(edges.map(({ domain }) => domain))].filter((domain) => domain !== ANYWHERE);
  }

  /** The domains that the subject has joined. */
  joined(): Set<string> {
    return reach(this.subject, (name) => this.memberships.get(name) ?? [], MAX_DEPTH);
  }

  private add(row: SliceRow): void {
    const meaning = meaningOf(row);
    const [id] = row;
    if (meaning.kind === 'unusable') this.unusable.push({ id, reason: meaning.reason });
    else if (meaning.kind === 'role') push(this.roles, meaning.subject, { role: meaning.role, domain: meaning.domain });
    else if (meaning.kind === 'membership') push(this.memberships, meaning.subject, meaning.domain);
    else if (meaning.kind === 'rule') {
      const { subject, domain, object, action, effect } = meaning;
      push(this.rules, object, [subject, domain, object, action, effect, id]);
    }
  }
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
