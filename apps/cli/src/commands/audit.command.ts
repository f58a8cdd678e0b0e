import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { AuditFilter, AuditSubject } from '@platform/audit';
import type { INestApplicationContext } from '@nestjs/common';
import { AUDIT_SUBJECTS } from '../choices.js';
import { durationMs } from '../duration.js';
import { findUser } from '../find-user.js';
import { toId, toLimit } from '../arguments.js';
import { print } from '../output.js';
import { withService } from '../with-service.js';

interface FilterOptions {
  user?: string;
  action?: string;
  from?: Date;
  to?: Date;
  limit: number;
}

const AN_HOUR_MS = 3_600_000;

/** `identity audit …`: what happened. */
export function auditCommand(): Command {
  return new Command('audit').description('audit events').addCommand(list()).addCommand(top());
}

function list(): Command {
  return filtered('list', 'show events, newest first', 50)
    .option('--before <id>', 'the page after: the id of the last event of the page before', toId)
    .action(async ({ before, limit, ...options }: FilterOptions & { before?: string }, command: Command) => {
      const { AuditTrail } = await import('../libraries/audit.js');
      const events = await withService(async (service) =>
        service.get(AuditTrail).page({ ...(await toFilter(service, options)), before, limit }),
      );
      print(
        command,
        events.map(({ details, ...event }) => ({ ...event, details: JSON.stringify(details) })),
      );
    });
}

function top(): Command {
  return filtered(
    'top',
    'count events by address, user, identifier or action, most first; of the last hour, unless told otherwise',
    20,
  )
    .addArgument(new Argument('<by>', 'what they are counted by').choices(AUDIT_SUBJECTS))
    .action(async (by: AuditSubject, { limit, ...options }: FilterOptions, command: Command) => {
      const from = options.from ?? new Date((options.to?.getTime() ?? Date.now()) - AN_HOUR_MS);
      const { AuditTrail } = await import('../libraries/audit.js');
      const counts = await withService(async (service) =>
        service.get(AuditTrail).top(by, limit, await toFilter(service, { ...options, from })),
      );
      print(
        command,
        counts.map(({ subject, events }) => ({ [by]: subject, events })),
      );
    });
}

function filtered(name: string, description: string, limit: number): Command {
  return new Command(name)
    .description(description)
    .option('--user <user>', 'of this user: id, or email:…, phone:…, username:…')
    .option('--action <action>', 'of this kind, such as sign-in.failed')
    .option('--from <time>', 'since then: 2026-11-25T10:00Z, or 30m, 2h, 1d ago', toTime)
    .option('--to <time>', 'until before then', toTime)
    .addOption(new Option('--limit <number>', 'at most so many lines').default(limit).argParser(toLimit));
}

async function toFilter(
  service: INestApplicationContext,
  { user, action, from, to }: Omit<FilterOptions, 'limit'>,
): Promise<AuditFilter> {
  return { action, from, to, userId: user === undefined ? undefined : await findUser(service, user) };
}

function toTime(text: string): Date {
  const ago = durationMs(text);
  const time = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('Write 2026-11-25T10:00Z, or 30m, 2h, 1d.');
  return time;
}
