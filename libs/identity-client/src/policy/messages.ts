import { isId, isObject, isText } from '../transport/values.js';

/** Who wants to do something: a user, or whatever else policies are made for. */
export interface Subject {
  /** `User`, `Robot`, … */
  type: string;
  id: string;
}

/** May this subject do this? */
export interface Check {
  subject: Subject;
  /** `<Type>_<id>`, for example `Shop_7`; nowhere in particular when absent. */
  domain?: string;
  /** The code of a permission, for example `orders.items`. */
  object: string;
  action: string;
}

export interface CheckResult {
  allowed: boolean;
  /** The definition that decided; absent where none matched. */
  policyId?: string;
}

export interface Permission {
  /** `orders` covers `orders.items`; `*` covers everything. */
  object: string;
  /** `*` is every action. */
  action: string;
  /** One deny outweighs every allow. */
  effect: 'allow' | 'deny';
  policyId: string;
}

/** Everything a subject may do. */
export interface Permissions {
  /** Stays the same as long as the permissions do. */
  version: string;
  permissions: readonly Permission[];
}

/** @returns nothing for what is no decision: anything but a boolean must not pass for one */
export function toCheckResult(value: unknown): CheckResult | undefined {
  if (!isObject(value)) return undefined;
  const { allowed, policyId } = value;
  if (typeof allowed !== 'boolean' || (policyId !== undefined && !isId(policyId))) return undefined;
  return policyId === undefined ? { allowed } : { allowed, policyId };
}

/** @returns nothing unless there is exactly one decision for each question */
export function toCheckResults(value: unknown, count: number): CheckResult[] | undefined {
  if (!isObject(value) || !Array.isArray(value['results']) || value['results'].length !== count) return undefined;
  const results = value['results'].map(toCheckResult).filter((result) => result !== undefined);
  return results.length === count ? results : undefined;
}

/** @returns nothing for what is no list of permissions */
export function toPermissions(value: unknown): Permissions | undefined {
  if (!isObject(value) || !isText(value['version']) || !Array.isArray(value['permissions'])) return undefined;
  const permissions = value['permissions'].map(toPermission).filter((permission) => permission !== undefined);
  return permissions.length === value['permissions'].length ? { version: value['version'], permissions } : undefined;
}

function toPermission(value: unknown): Permission | undefined {
  if (!isObject(value)) return undefined;
  const { object, action, effect, policyId } = value;
  if (!isText(object) || !isText(action) || !isId(policyId)) return undefined;
  return effect === 'allow' || effect === 'deny' ? { object, action, effect, policyId } : undefined;
}
