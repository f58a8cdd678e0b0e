import type { Queryable } from '@platform/database';
import type { Clock } from '@platform/kernel';
import type { DomainPlace } from '../../application/policies.js';
import type { Entity } from '../../domain/definition.js';
import { Hierarchy } from '../../domain/hierarchy.js';
import { type Inheritance, type InheritanceRow, inheritanceOf } from '../../domain/inheritance.js';
import { reach } from '../../domain/reach.js';
import type { SliceText } from './dated-slice.js';
import type { Dated } from './policy-changes.js';
import { Snapshot } from './snapshot.js';
import { DOMAINS, HIERARCHY, SLICE, SLICES } from './statements.js';
import { tellUnusable } from './tell-unusable.js';

export type DatedDomain = Dated & DomainPlace;

export interface DatedHierarchy extends Dated {
  hierarchy: Hierarchy;
}

/** Reads definitions from PostgreSQL; keys are names as `nameOf` gives them. */
export class PostgresPolicies {
  constructor(
    private readonly database: Queryable,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  async slices(subjects: string[]): Promise<Map<string, SliceText>> {
    const [types, ids] = columns(subjects);
    const rows =
      subjects.length === 1
        ? await this.database.query<SliceText>(SLICE, [types[0], ids[0]])
        : await this.database.query<SliceText>(SLICES, [types, ids]);
    return pair(subjects, rows, (_subject, text) => text);
  }

  async domains(domains: string[]): Promise<Map<string, DatedDomain>> {
    const readAt = this.clock.monotonic();
    const rows = await this.database.query<SliceText>(DOMAINS, columns(domains));
    return pair(domains, rows, (domain, { snapshot, names, lines }) => {
      const { domains: edges, unusable } = readInheritance(domain, lines);
      const above = Map.groupBy(edges, ([child]) => child);
      return {
        within: reach(domain, (name) => (above.get(name) ?? []).map(([, parent]) => parent)),
        unusable,
        names,
        snapshot: new Snapshot(snapshot),
        readAt,
        checked: 0,
      };
    });
  }

  async hierarchy(): Promise<DatedHierarchy> {
    const readAt = this.clock.monotonic();
    const [row] = await this.database.query<{ snapshot: string; lines: string | null }>(HIERARCHY);
    const { resources, actions, unusable } = readInheritance('the catalogue', row?.lines ?? null);
    return {
      hierarchy: new Hierarchy(resources, actions, unusable),
      names: ['resources', 'actions'],
      snapshot: new Snapshot(row?.snapshot ?? ''),
      readAt,
      checked: 0,
    };
  }
}

/** @param lines JSON of InheritanceRow[], null where there is none */
function readInheritance(of: string, lines: string | null): Inheritance {
  const read = inheritanceOf(JSON.parse(lines ?? '[]') as InheritanceRow[]);
  tellUnusable(of, read.unusable);
  return read;
}

/** A name as type and id: a type has no `_`. */
function columns(names: string[]): [types: string[], ids: string[]] {
  const entities: Entity[] = names.map((name) => {
    const end = name.indexOf('_');
    return { type: name.slice(0, end), id: name.slice(end + 1) };
  });
  return [entities.map(({ type }) => type), entities.map(({ id }) => id)];
}

/** @param rows one for each key, in order */
function pair<Row, Value>(keys: string[], rows: Row[], of: (key: string, row: Row) => Value): Map<string, Value> {
  return new Map(
    keys.map((key, index) => {
      const row = rows[index];
      if (row === undefined) throw new Error(`no row for ${key}`);
      return [key, of(key, row)];
    }),
  );
}
