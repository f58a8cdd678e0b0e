import { Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { PolicyRecord } from '@identity/policy';
import { toId, toLimit } from '../../arguments.js';
import { print } from '../../output.js';
import { withService } from '../../with-service.js';
import { optionalSubjectOf, subjectOf, type SubjectOptions, toEntity, withSubject } from './subject.js';

const OPERATOR = { type: 'operator' } as const;
const PAGE = 100;

interface TargetOptions extends SubjectOptions {
  permission?: string;
  role?: string;
  action?: string;
  domain?: string;
  deny?: boolean;
  createPermission?: boolean;
}

export function listCommand(): Command {
  return withSubject(new Command('list').description('show definitions, in the order of their ids'), 'of')
    .option('--target <target>', 'about this: <Type>_<id>')
    .option('--after <id>', 'the page after: the last id of the page before', toId)
    .addOption(new Option('--limit <number>', 'at most so many lines').default(50).argParser(toLimit))
    .action(async (options: SubjectOptions & { target?: string; after?: string; limit: number }, command: Command) => {
      const target = options.target === undefined ? undefined : toEntity(options.target);
      const { PolicyDefinitions } = await import('../../libraries/policy.js');
      const records = await withService(async (service) =>
        service
          .get(PolicyDefinitions)
          .page(
            { subject: await optionalSubjectOf(service, options), target },
            { after: options.after, limit: options.limit },
          ),
      );
      print(command, records.map(toRow));
    });
}

export function grantCommand(): Command {
  return withTarget('grant', 'give a permission (--permission and --action) or a role (--role)')
    .option('--deny', 'deny the permission instead: one denial outweighs every grant')
    .option('--create-permission', 'make the permission if there is none with this code')
    .action(async (options: TargetOptions, command: Command) => {
      print(command, await withService((service) => grant(service, options)));
    });
}

export function revokeCommand(): Command {
  return withTarget('revoke', 'take back a definition, by id or as it was granted')
    .argument('[id]', 'id of the definition')
    .option('--deny', 'take back a denial')
    .action(async (id: string | undefined, options: TargetOptions, command: Command) => {
      print(command, await withService((service) => revoke(service, id, options)));
    });
}

function withTarget(name: string, description: string): Command {
  return withSubject(new Command(name).description(description), 'for')
    .option('--permission <code>', 'code of a permission, such as orders.read')
    .option('--action <action>', "what may be done with it, '*' for everything")
    .option('--role <identifier>', 'identifier of a role')
    .option('--domain <domain>', 'where: <Type>_<id>; for permissions also SYSTEM_WIDE or ANY_MEMBER, the default');
}

async function grant(service: INestApplicationContext, options: TargetOptions) {
  const { DefinePolicy } = await import('../../libraries/policy.js');
  const draft = await draftOf(service, options);
  const createMissing = options.createPermission === true && draft.targetType === 'Permission';
  return { id: await service.get(DefinePolicy).execute(draft, OPERATOR, { createMissing }), created: true };
}

async function revoke(service: INestApplicationContext, id: string | undefined, options: TargetOptions) {
  const { RevokePolicy } = await import('../../libraries/policy.js');
  const revoked = id ?? (await find(service, await draftOf(service, options))).id;
  await service.get(RevokePolicy).execute(revoked, OPERATOR);
  return { id: revoked, revoked: true };
}

type Draft = Awaited<ReturnType<typeof draftOf>>;

async function draftOf(service: INestApplicationContext, options: TargetOptions) {
  const { permission, role, action, domain } = options;
  if ((permission === undefined) === (role === undefined)) throw new Error('name what: --permission or --role');
  const subject = await subjectOf(service, options);
  const grants = permission !== undefined;
  return await toDraft({
    variant: grants ? 'grant' : 'assign_role',
    subjectType: subject.type,
    subjectId: subject.id,
    targetType: grants ? 'Permission' : 'Role',
    targetName: permission ?? role,
    action,
    domain,
    ...((grants || options.deny) && { effect: options.deny ? 'deny' : 'allow' }),
  });
}

async function toDraft(fields: Record<string, unknown>) {
  const { draftSchema } = await import('../../libraries/policy.js');
  const { success, data, error } = draftSchema.safeParse(fields);
  if (success) return data;
  throw new Error(error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
}

/** The definition that was granted like this. */
async function find(service: INestApplicationContext, draft: Draft): Promise<PolicyRecord> {
  const { PolicyDefinitions } = await import('../../libraries/policy.js');
  const subject = { type: draft.subjectType, id: draft.subjectId ?? '' };
  const same = (record: PolicyRecord) =>
    record.targetName === draft.targetName &&
    record.action === (draft.action ?? null) &&
    (record.effect ?? 'allow') === (draft.effect ?? 'allow') &&
    record.domain === (draft.domain ?? null);
  let after: string | undefined;
  for (;;) {
    const records = await service
      .get(PolicyDefinitions)
      .page({ subject, variant: draft.variant }, { after, limit: PAGE });
    const found = records.find(same);
    if (found) return found;
    after = records.at(-1)?.id;
    if (after === undefined || records.length < PAGE) throw new Error('there is no such definition');
  }
}

function toRow({ metadata: _metadata, createdAt, ...record }: PolicyRecord) {
  const named = (type: string, id: string, name: string | null) => `${type}_${id}${name === null ? '' : ` (${name})`}`;
  return {
    id: record.id,
    variant: record.variant,
    subject: named(record.subjectType, record.subjectId, record.subjectName),
    target: named(record.targetType, record.targetId, record.targetName),
    action: record.action,
    effect: record.effect,
    domain: record.domain,
    createdAt,
  };
}
