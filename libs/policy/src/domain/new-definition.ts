import { z } from 'zod';
import { isId } from '@platform/kernel';
import {
  ANY_MEMBER,
  DOMAIN,
  EFFECTS,
  type Entity,
  MAX_LENGTHS,
  nameOf,
  SYSTEM_WIDE,
  TYPE,
  VALUE,
  type Variant,
  VARIANTS,
} from './definition.js';

const METADATA_BYTES = 4096;
const RESERVED = new Set([SYSTEM_WIDE, ANY_MEMBER]);
/** Types whose ids are rows of ours, and which may be named by identifier or code as well. */
const OURS = new Set(['Role', 'Permission']);

interface Shape {
  subject?: string;
  target?: string;
  /** Which domains may be given beside none. */
  domain?: 'any' | 'one';
}

/** What each variant joins; a type that is not named is free. */
const SHAPES: Record<Variant, Shape> = {
  grant: { target: 'Permission', domain: 'any' },
  assign_role: { target: 'Role', domain: 'one' },
  role_inherits: { subject: 'Role', target: 'Role' },
  join_domain: {},
  domain_inherits: {},
  resource_inherits: { subject: 'Permission', target: 'Permission' },
  action_inherits: { subject: 'Action', target: 'Action' },
};

/** An id, an action, the code of a permission, the identifier of a role. */
export const policyText = z
  .string()
  .max(MAX_LENGTHS.value)
  .regex(VALUE, 'wants 1 to 128 characters without spaces, commas and controls')
  .meta({ examples: ['read'] });
const typeText = z.string().max(MAX_LENGTHS.type).regex(TYPE, 'wants a letter, then letters and digits, 64 at most');
const metadataText = z
  .string()
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'has control characters');
const metadata = z
  .record(z.string().regex(/^[A-Za-z][\w.-]{0,63}$/), z.union([metadataText, z.number(), z.boolean(), z.null()]))
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= METADATA_BYTES,
    `is larger than ${METADATA_BYTES} bytes`,
  )
  .meta({ description: 'A flat object for people and tools; decides nothing.' });

const FIELDS = {
  variant: z.enum(VARIANTS).meta({ id: 'PolicyVariant', description: 'What the definition says.' }),
  subjectType: typeText,
  targetType: typeText,
  action: policyText.nullish().meta({ description: 'Of a grant; `*` is every action.' }),
  effect: z.enum(EFFECTS).nullish().meta({ description: 'Of a grant; `allow` when absent.' }),
  domain: z
    .string()
    .max(MAX_LENGTHS.domain)
    .regex(DOMAIN, 'wants <Type>_<id>')
    .nullish()
    .meta({ description: '`<Type>_<id>`; of a grant also `SYSTEM_WIDE` or `ANY_MEMBER`, which is meant when absent.' }),
  metadata: metadata.nullish(),
};

/** An example. */
export const NEW_POLICY = {
  variant: 'grant',
  subjectType: 'User',
  subjectId: '248151234567890944',
  targetType: 'Permission',
  targetId: '248151234567890950',
  action: 'read',
  effect: 'allow',
  domain: 'Shop_7',
};

/** A definition as it is ordered: everything by id. */
export const definitionSchema = z
  .strictObject({ ...FIELDS, subjectId: policyText, targetId: policyText })
  .superRefine((order, context) => report(order, context))
  .meta({
    id: 'NewPolicy',
    examples: [NEW_POLICY],
  });

/** A definition as files and commands have it: a role or permission may be named instead, or as well. */
export const draftSchema = z
  .strictObject({
    ...FIELDS,
    subjectId: policyText.nullish(),
    subjectName: policyText.nullish(),
    targetId: policyText.nullish(),
    targetName: policyText.nullish(),
  })
  .superRefine((draft, context) => report(draft, context));

export type PolicyDraft = z.input<typeof draftSchema>;

/** What the table holds beside id and times. */
export interface NewDefinition {
  variant: Variant;
  subjectType: string;
  subjectId: string;
  targetType: string;
  targetId: string;
  action: string | null;
  effect: 'allow' | 'deny' | null;
  /** Null on a grant is ANY_MEMBER, on an assigned role everywhere. */
  domain: string | null;
  metadata: Record<string, string | number | boolean | null> | null;
}

/** The draft with its ends known. */
export function toDefinition(draft: PolicyDraft, subjectId: string, targetId: string): NewDefinition {
  const { variant, subjectType, targetType, action = null, domain = null } = draft;
  const effect = draft.effect ?? (variant === 'grant' ? 'allow' : null);
  return {
    variant,
    subjectType,
    subjectId,
    targetType,
    targetId,
    action,
    effect,
    domain,
    metadata: draft.metadata ?? null,
  };
}

export const subjectOf = ({ subjectType, subjectId }: NewDefinition): Entity => ({ type: subjectType, id: subjectId });
export const targetOf = ({ targetType, targetId }: NewDefinition): Entity => ({ type: targetType, id: targetId });

/** Nothing is a part, a member or a holder of itself. */
export function isOfItself(definition: NewDefinition): boolean {
  return nameOf(subjectOf(definition)) === nameOf(targetOf(definition));
}

type Fault = [path: string, message: string];

function report(draft: PolicyDraft, context: z.core.$RefinementCtx): void {
  for (const [path, message] of faultsOf(draft)) context.addIssue({ code: 'custom', path: [path], message });
}

function faultsOf(draft: PolicyDraft): Fault[] {
  return [...endFaults(draft, 'subject'), ...endFaults(draft, 'target'), ...fieldFaults(draft), ...selfFaults(draft)];
}

function endFaults(draft: PolicyDraft, end: 'subject' | 'target'): Fault[] {
  const [type, id, name] = [draft[`${end}Type`], draft[`${end}Id`], draft[`${end}Name`]];
  const wanted = SHAPES[draft.variant][end];
  if (wanted && type !== wanted) return [[`${end}Type`, `of a ${draft.variant} is ${wanted}`]];
  if (typeof name === 'string' && !OURS.has(type)) return [[`${end}Name`, 'only roles and permissions have a name']];
  if (typeof id === 'string') return idFaults({ type, id }).map((message) => [`${end}Id`, message]);
  return typeof name === 'string' ? [] : [[`${end}Id`, 'is wanted']];
}

function idFaults({ type, id }: Entity): string[] {
  if (OURS.has(type) && !isId(id)) return [`wants the id of a ${type}`];
  if (RESERVED.has(nameOf({ type, id }))) return [`${nameOf({ type, id })} has a meaning of its own`];
  return type === 'Action' && id === '*' ? ['* is every action already'] : [];
}

function fieldFaults({ variant, action, effect, domain }: PolicyDraft): Fault[] {
  const faults: Fault[] = [];
  const given = (value: unknown) => value !== undefined && value !== null;
  if (variant === 'grant' && !given(action)) faults.push(['action', 'is wanted by a grant']);
  if (variant !== 'grant' && given(action)) faults.push(['action', 'is of grants alone']);
  if (variant !== 'grant' && given(effect)) faults.push(['effect', 'is of grants alone']);
  if (!given(domain)) return faults;
  const may = SHAPES[variant].domain;
  if (!may) faults.push(['domain', `is not of a ${variant}`]);
  else if (may === 'one' && RESERVED.has(domain ?? ''))
    faults.push(['domain', 'wants <Type>_<id>, or nothing for everywhere']);
  return faults;
}

function selfFaults({ subjectType, subjectId, targetType, targetId }: PolicyDraft): Fault[] {
  const same = subjectType === targetType && subjectId === targetId && typeof subjectId === 'string';
  return same ? [['targetId', 'is the subject itself']] : [];
}
