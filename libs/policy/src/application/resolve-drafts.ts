import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import type { Queryable } from '@platform/database';
import type { FieldError } from '@platform/kernel';
import { isOfItself, type NewDefinition, type PolicyDraft, toDefinition } from '../domain/new-definition.js';
import type { Actor } from './actor.js';
import { ADMINISTRATOR } from './administrators.js';
import { type Catalogue, PermissionCatalogue, RoleCatalogue } from './catalogue.js';

interface Reference {
  type: string;
  id?: string | null;
  name?: string | null;
}

/** A draft with where it stands, such as `lines.17.`; empty for the only one. */
export interface PlacedDraft {
  at: string;
  draft: PolicyDraft;
}

/** What became of drafts: definitions in their order, or what is wrong with them. */
export interface Resolved {
  definitions: NewDefinition[];
  errors: FieldError[];
}

/** Finds the roles and permissions that drafts name; a name counts before an id, which is another one elsewhere. */
@Injectable()
export class ResolveDrafts {
  constructor(
    private readonly roles: RoleCatalogue,
    private readonly permissions: PermissionCatalogue,
    private readonly audit: AuditLog,
  ) {}

  /**
   * What was found is neither deleted nor renamed until the transaction ends.
   * @param maker makes those that are named and not there, with the given id if there is one; without him they are errors
   */
  async execute(drafts: readonly PlacedDraft[], maker: Actor | undefined, transaction: Queryable): Promise<Resolved> {
    const references = drafts.flatMap(({ draft }) => endsOf(draft));
    const known = {
      Role: await this.known(this.roles, 'Role', references, transaction),
      Permission: await this.known(this.permissions, 'Permission', references, transaction),
    };
    const errors: FieldError[] = [];
    const definitions: NewDefinition[] = [];
    for (const { at, draft } of drafts) {
      const ids: (string | undefined)[] = [];
      for (const end of endsOf(draft)) {
        const id = idOf(end, known) ?? (maker && (await this.create(end, known, maker, transaction)));
        ids.push(id);
        if (id === undefined) errors.push(missing(`${at}${end.field}`, end));
      }
      const [subjectId, targetId] = ids;
      if (subjectId === undefined || targetId === undefined) continue;
      const definition = toDefinition(draft, subjectId, targetId);
      if (isOfItself(definition)) errors.push(custom(`${at}targetId`, 'is the subject itself'));
      if (deniesAdministrator(definition, known))
        errors.push(custom(`${at}effect`, 'is never deny for administrators'));
      definitions.push(definition);
    }
    return { definitions, errors };
  }

  private async known<Fields extends object>(
    catalogue: Catalogue<Fields>,
    type: string,
    references: Reference[],
    transaction: Queryable,
  ): Promise<Known> {
    const wanted = references.filter((each) => each.type === type);
    const unique = (texts: (string | null | undefined)[]) => [
      ...new Set(texts.filter((text) => typeof text === 'string')),
    ];
    const found = await catalogue.named(
      unique(wanted.map(({ id }) => id)),
      unique(wanted.map(({ name }) => name)),
      transaction,
    );
    return { ids: new Set(found.map(({ id }) => id)), byName: new Map(found.map(({ id, name }) => [name, id])) };
  }

  private async create(
    { type, id, name }: Reference,
    known: AllKnown,
    maker: Actor,
    transaction: Queryable,
  ): Promise<string | undefined> {
    if (typeof name !== 'string' || (type !== 'Role' && type !== 'Permission')) return undefined;
    const { ids, byName } = known[type];
    const given = typeof id === 'string' && !ids.has(id) ? id : undefined;
    const made =
      type === 'Role'
        ? await this.roles.insert({ ...BLANK_ROLE, identifier: name, name }, transaction, given)
        : await this.permissions.insert({ ...BLANK_PERMISSION, code: name, name }, transaction, given);
    ids.add(made.id);
    byName.set(name, made.id);
    const event = { action: `${type.toLowerCase()}.created`, outcome: 'success', actor: maker } as const;
    await this.audit.record({ ...event, details: { id: made.id, name } }, transaction);
    return made.id;
  }
}

const BLANK_ROLE = { description: null, priority: 0, status: 'active' } as const;
const BLANK_PERMISSION = { subject: null, action: null, scope: null };

interface Known {
  ids: Set<string>;
  byName: Map<string, string>;
}
type AllKnown = Record<'Role' | 'Permission', Known>;

function endsOf(draft: PolicyDraft): (Reference & { field: string })[] {
  return (['subject', 'target'] as const).map((end) => {
    const name = draft[`${end}Name`];
    return { type: draft[`${end}Type`], id: draft[`${end}Id`], name, field: `${end}${name ? 'Name' : 'Id'}` };
  });
}

function idOf({ type, id, name }: Reference, known: AllKnown): string | undefined {
  if (type !== 'Role' && type !== 'Permission') return id ?? undefined;
  if (typeof name === 'string') return known[type].byName.get(name);
  return typeof id === 'string' && known[type].ids.has(id) ? id : undefined;
}

/** It would shut out all administrators at once, whom nothing but the command line could let in again. */
function deniesAdministrator({ subjectType, subjectId, effect }: NewDefinition, known: AllKnown): boolean {
  return effect === 'deny' && subjectType === 'Role' && known.Role.byName.get(ADMINISTRATOR) === subjectId;
}

function missing(path: string, { type, id, name }: Reference): FieldError {
  return custom(path, `there is no ${type.toLowerCase()} ${name ?? id}`);
}

function custom(path: string, message: string): FieldError {
  return { path, code: 'custom', message };
}
