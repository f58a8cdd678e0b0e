import { nameOf } from './definition.js';
import type { Edge } from './hierarchy.js';
import { meaningOf, type Unusable } from './slice-row.js';

/** A definition of what inherits from what, with the codes of its ends where these are Permissions. */
export type InheritanceRow = readonly [
  id: string,
  variant: string,
  subjectType: string,
  subjectId: string,
  targetType: string,
  targetId: string,
  child: string | null,
  parent: string | null,
];

/** Edges by their variants, and the definitions that say nothing we could follow. */
export interface Inheritance {
  domains: Edge[];
  resources: Edge[];
  actions: Edge[];
  unusable: Unusable[];
}

const KINDS = new Map([
  ['domain_inherits', 'domains'],
  ['resource_inherits', 'resources'],
  ['action_inherits', 'actions'],
] as const);

/** Reads rows that anybody may have written. */
export function inheritanceOf(rows: readonly InheritanceRow[]): Inheritance {
  const read: Inheritance = { domains: [], resources: [], actions: [], unusable: [] };
  for (const row of rows) {
    const [id, variant] = row;
    const ends = endsOf(row);
    const kind = KINDS.get(variant as 'domain_inherits');
    if (typeof ends === 'string') read.unusable.push({ id, reason: ends });
    else if (kind) read[kind].push(ends);
  }
  return read;
}

/** @returns why there are none, if there are none */
function endsOf([id, variant, subjectType, subjectId, targetType, targetId, child, parent]: InheritanceRow):
  Edge | string {
  const meaning = meaningOf([id, variant, subjectType, subjectId, targetType, targetId, null, null, null, null]);
  if (meaning.kind === 'unusable') return meaning.reason;
  if (variant === 'action_inherits') return [subjectId, targetId];
  if (variant === 'domain_inherits')
    return [nameOf({ type: subjectType, id: subjectId }), nameOf({ type: targetType, id: targetId })];
  if (child === null) return 'its subject is no Permission that exists';
  return parent === null ? 'its target is no Permission that exists' : [child, parent];
}
