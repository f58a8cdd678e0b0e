import { reach } from './reach.js';
import type { Unusable } from './slice-row.js';

/** Of a child and what it is part of, or implied by. */
export type Edge = readonly [child: string, parent: string];

/** Covers every object, or every action. */
export const EVERYTHING = '*';

const MAX_KNOWN = 10_000;

/** Which objects are part of which, and which actions imply which: a catalogue, the same for everybody. Never changes. */
export class Hierarchy {
  private readonly objects: Map<string, string[]>;
  private readonly actions: Map<string, string[]>;
  private readonly known = new Map<string, Set<string>>();

  constructor(
    resources: readonly Edge[],
    actions: readonly Edge[],
    readonly unusable: readonly Unusable[] = [],
  ) {
    this.objects = parentsOf(resources);
    this.actions = parentsOf(actions);
  }

  /** What covers an object: `orders.read.own` is covered by `orders.read`, by `orders` and by what these are part of. */
  covering(object: string): ReadonlySet<string> {
    return this.remembered(`object ${object}`, () =>
      reach(object, (name) => [...prefixOf(name), ...(this.objects.get(name) ?? []), EVERYTHING]),
    );
  }

  /** Who may do which of these may do the action. */
  implying(action: string): ReadonlySet<string> {
    return this.remembered(`action ${action}`, () =>
      reach(action, (name) => [...(this.actions.get(name) ?? []), EVERYTHING]),
    );
  }

  /** The objects that are part of this one by edges; those that are by their names are not listed. Itself included. */
  within(object: string): Set<string> {
    return reach(object, (name) =>
      childrenOf(this.objects, (parent) => parent === name || parent.startsWith(`${name}.`)),
    );
  }

  /** The actions that this one implies, itself included. */
  impliedBy(action: string): Set<string> {
    return reach(action, (name) => childrenOf(this.actions, (parent) => parent === name));
  }

  /** Objects may be any, so many at most. */
  private remembered(name: string, find: () => Set<string>): ReadonlySet<string> {
    let found = this.known.get(name);
    if (found) return found;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(name, (found = find()));
    return found;
  }
}

function parentsOf(edges: readonly Edge[]): Map<string, string[]> {
  const parents = new Map<string, string[]>();
  for (const [child, parent] of edges) parents.set(child, [...(parents.get(child) ?? []), parent]);
  return parents;
}

function childrenOf(parents: ReadonlyMap<string, readonly string[]>, isParent: (name: string) => boolean): string[] {
  return [...parents].filter(([, above]) => above.some(isParent)).map(([child]) => child);
}

function prefixOf(name: string): string[] {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? [name.slice(0, dot)] : [];
}
