import { Injectable } from '@nestjs/common';
import type { Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { EffectiveRule } from '../domain/check.js';
import { covers, type Right } from '../domain/coverage.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import { SYSTEM_WIDE } from '../domain/definition.js';
import type { NewDefinition } from '../domain/new-definition.js';
import { type Change, giftOf, rightsBy } from '../domain/rights.js';
import type { Actor } from './actor.js';
import { PermissionCatalogue } from './catalogue.js';
import { EffectiveRules } from './effective-rules.js';
import { KeepAdministrator } from './keep-administrator.js';
import { Policies } from './policies.js';
import { PolicyDefinitions } from './policy-definitions.js';

/** Nobody can grant what he lacks: what an administrator may pass on is what he has himself. */
@Injectable()
export class Authority {
  constructor(
    private readonly effective: EffectiveRules,
    private readonly policies: Policies,
    private readonly definitions: PolicyDefinitions,
    private readonly permissions: PermissionCatalogue,
    private readonly keep: KeepAdministrator,
  ) {}

  /**
   * Of a change that may deny something, once it is made. Whom it makes an administrator is held.
   * @throws DomainError `policy.last-administrator` when by all that is written now no administrator could undo it
   */
  async assertUndoable(definitions: readonly NewDefinition[], transaction: Queryable): Promise<void> {
    const assigned = definitions.filter((each) => each.variant === 'assign_role' && each.subjectType === 'User');
    await this.keep.holdThose(
      assigned.map(({ subjectId }) => subjectId),
      transaction,
    );
    if (definitions.some(mayDeny)) await this.assertSomebodyMayUndo(transaction);
  }

  /** @throws DomainError `policy.last-administrator` when by all that is written now no administrator could */
  async assertSomebodyMayUndo(transaction: Queryable): Promise<void> {
    await this.keep.assertOneMayAct(transaction);
  }

  /**
   * What the actor has, to be asked before the transaction, which must not wait for a second connection.
   * @throws DomainError `database.unavailable`
   */
  async of(actor: Actor): Promise<Grantor> {
    if (actor.type === 'operator') return new Grantor(undefined, this.definitions, this.permissions);
    const rules = await this.effective.of({ type: 'User', id: actor.id });
    const roles = await this.definitions.rolesInTokensOf(actor.id);
    const has = { rules, roles, hierarchy: await this.policies.hierarchy() };
    return new Grantor(has, this.definitions, this.permissions);
  }
}

interface Possession {
  rules: readonly EffectiveRule[];
  /** Ids of those in his tokens. */
  roles: ReadonlySet<string>;
  hierarchy: Hierarchy;
}

/** What one actor may pass on; an operator everything. */
export class Grantor {
  constructor(
    private readonly has: Possession | undefined,
    private readonly definitions: PolicyDefinitions,
    private readonly permissions: PermissionCatalogue,
  ) {}

  /** @throws DomainError `policy.cannot-grant` when he lacks one of them */
  assertHas(rights: readonly Right[]): void {
    const { has } = this;
    const lacking = has && rights.find((right) => !covers(has.rules, right, has.hierarchy));
    if (lacking) throw cannotGrant(lacking);
  }

  /** @throws DomainError `policy.cannot-grant` */
  assertHasEverything(): void {
    this.assertHas([{ object: '*', action: '*', domain: SYSTEM_WIDE, heldIn: '*' }]);
  }

  /** @throws DomainError `policy.cannot-grant` when what others may do by it is more than he may */
  async assertMay(change: Change, definitions: readonly NewDefinition[], transaction: Queryable): Promise<void> {
    const { has } = this;
    if (!has) return;
    const ends = definitions.flatMap((each) => [
      { type: each.subjectType, id: each.subjectId },
      { type: each.targetType, id: each.targetId },
    ]);
    const idsOf = (type: string) => [...new Set(ends.filter((end) => end.type === type).map(({ id }) => id))];
    const named = await this.permissions.named(idsOf('Permission'), [], transaction);
    const roles = await this.definitions.rulesOfRoles(idsOf('Role'), transaction);
    const codes = new Map(named.map(({ id, name }) => [id, name]));
    // One at a time, and what is given to many once: a role of ten thousand rules may be assigned by each line of a file.
    const gifts = new Map(definitions.map((each) => [giftOf(each), each]));
    for (const each of gifts.values()) this.assertHas(rightsBy(change, each, { codes, roles }));
    if (change === 'begins' && definitions.some((each) => entersTokens(each) && !has.roles.has(each.targetId)))
      this.assertHasEverything();
  }
}

/** Sisters decide by the roles of a token, whatever these give here: nobody knows what. */
function entersTokens({ variant, subjectType, targetType, domain }: NewDefinition): boolean {
  return variant === 'assign_role' && subjectType === 'User' && targetType === 'Role' && domain === null;
}

/** By itself, or by what it brings along. */
function mayDeny({ variant, effect }: NewDefinition): boolean {
  return variant !== 'grant' || effect === 'deny';
}

function cannotGrant({ object, action, domain }: Right): DomainError {
  const message = `This takes the permission to ${action} ${object} (${domain}), which you do not have yourself.`;
  return new DomainError({ code: 'policy.cannot-grant', kind: 'forbidden', message });
}
