import { intern } from './intern.js';
import { MAX_DEPTH, reach } from './reach.js';
import { ANYWHERE, meaningOf, type SliceRow, type Unusable } from './slice-row.js';

/** The values of a line of type `p`: subject, domain, object, action, effect, id. */
export type Rule = [subject: string, domain: string, object: string, action: string, effect: string, id: string];

const CELLS = 6;
const OBJECT = 2;

interface Edge {
  from: string;
  to: string;
  domain: string;
}

/**
 * What is said of one subject: what is granted to it and its roles, and where it belongs. Never changes. There are ten
 * thousands of them in memory: rules lie in one list, in the order of their objects, and share their texts.
 */
export class PolicySlice {
  private static made = 0;
  /** No other slice of this process has it. */
  readonly serial = (PolicySlice.made += 1);
  private readonly cells: readonly string[];
  private readonly roles: readonly Edge[];
  private readonly memberships: readonly Edge[];
  readonly unusable: readonly Unusable[];

  /** @param subject as `nameOf` names it */
  constructor(
    readonly subject: string,
    rows: readonly SliceRow[],
  ) {
    const rules: Rule[] = [];
    const roles: Edge[] = [];
    const memberships: Edge[] = [];
    const unusable: Unusable[] = [];
    for (const row of rows) {
      const meaning = meaningOf(row);
      const [id] = row;
      if (meaning.kind === 'unusable') unusable.push({ id, reason: meaning.reason });
      else if (meaning.kind === 'role') roles.push(edge(meaning.subject, meaning.role, meaning.domain));
      else if (meaning.kind === 'membership') memberships.push(edge(meaning.subject, meaning.domain, ANYWHERE));
      else if (meaning.kind === 'rule') {
        const { domain, object, action, effect } = meaning;
        rules.push([...texts(meaning.subject, domain, object, action, effect), id]);
      }
    }
    rules.sort((a, b) => compare(a[OBJECT], b[OBJECT]));
    this.cells = rules.flat();
    this.roles = orNone(roles);
    this.memberships = orNone(memberships);
    this.unusable = orNone(unusable);
  }

  /** What is granted or denied on an object of exactly this code. */
  rulesOn(object: string): Rule[] {
    const found: Rule[] = [];
    for (let index = this.firstOn(object); this.cells[index * CELLS + OBJECT] === object; index += 1)
      found.push(this.rule(index));
    return found;
  }

  allRules(): Rule[] {
    return Array.from({ length: this.count }, (_none, index) => this.rule(index));
  }

  /** The subject and the roles that it has in a domain. */
  holds(domain: string): Set<string> {
    return this.follow(this.roles, ({ domain: held }) => held === ANYWHERE || held === domain);
  }

  /** The domains in which anything but the roles held everywhere is held. */
  roleDomains(): string[] {
    return [...new Set(this.roles.map(({ domain }) => domain))].filter((domain) => domain !== ANYWHERE);
  }

  /** The domains that the subject has joined. */
  joined(): Set<string> {
    return this.follow(this.memberships, () => true);
  }

  private follow(edges: readonly Edge[], isOpen: (each: Edge) => boolean): Set<string> {
    if (edges.length === 0) return new Set([this.subject]);
    const next = Map.groupBy(edges.filter(isOpen), ({ from }) => from);
    return reach(this.subject, (name) => (next.get(name) ?? []).map(({ to }) => to), MAX_DEPTH);
  }

  private get count(): number {
    return this.cells.length / CELLS;
  }

  private rule(index: number): Rule {
    return this.cells.slice(index * CELLS, (index + 1) * CELLS) as Rule;
  }

  /** The place of the first rule on the object, or of the one where it would be. */
  private firstOn(object: string): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.cells[middle * CELLS + OBJECT] ?? '', object) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NONE: readonly never[] = [];

/** An empty list of one's own takes memory as well. */
function orNone<Item>(items: Item[]): readonly Item[] {
  return items.length > 0 ? items : NONE;
}

function edge(from: string, to: string, domain: string): Edge {
  return { from: intern(from), to: intern(to), domain: intern(domain) };
}

function texts(...[subject, domain, object, action, effect]: [string, string, string, string, string]) {
  return [intern(subject), intern(domain), intern(object), intern(action), intern(effect)] as const;
}

/** By code units, as `===` sees them. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
