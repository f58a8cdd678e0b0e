import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { FailedMessage } from '@identity/notification';
import { QUEUE_NAMES } from '../choices.js';
import { durationMs } from '../duration.js';
import { toLimit } from '../arguments.js';
import { print, printParts } from '../output.js';
import { progress } from '../progress.js';
import { withService } from '../with-service.js';

type QueueName = (typeof QUEUE_NAMES)[number];

interface RetryOptions {
  job?: string;
  all?: boolean;
  olderThan?: number;
  yes?: boolean;
}

/** Of what is tried again, so many at once are told of. */
const STEP = 100;

/** `identity queues …`: messages on their way to the providers. */
export function queuesCommand(): Command {
  return new Command('queues')
    .description('messages on their way to the mail server and the SMS providers')
    .addCommand(status())
    .addCommand(retry());
}

function status(): Command {
  return new Command('status')
    .description('how full the queues are, and what failed last and why; no address and no code')
    .addOption(
      new Option('--failures <number>', 'of each queue at most so many failures').default(10).argParser(toLimit),
    )
    .addHelpText(
      'after',
      `
A job waits for a worker, is active, or is delayed until it is tried again: 40 times, up to 32 seconds apart for a code,
10 minutes for a notice. What failed for good is kept for a week. With --json:
  {"queues": [{queue, state, waiting, active, delayed, failed, completed, oldestSeconds}],
   "failures": [{queue, id, template, attempts, reason, failedAt, canRetry}]}`,
    )
    .action(async ({ failures: limit }: { failures: number }, command: Command) => {
      const found = await onQueues(async (service) => {
        const { FailedMessages } = await import('../libraries/notification.js');
        const messages = service.get(FailedMessages);
        const queues = await Promise.all(messages.queues.map((queue) => messages.standing(queue)));
        const failures = await Promise.all(
          messages.queues.map(async (queue) =>
            (await messages.recent(queue, limit)).map((failure) => ({ queue, ...toRow(failure) })),
          ),
        );
        return { queues: queues.map((queue) => ({ ...queue })), failures: failures.flat() };
      });
      printParts(command, found);
    });
}

function toRow({ id, template, attempts, reason, failedAt, isCode, isWhole }: FailedMessage) {
  return { id, template, attempts, reason, failedAt, canRetry: !isCode && isWhole };
}

function retry(): Command {
  return new Command('retry')
    .description('try failed messages again, such as after a provider is back; never a code, and nothing twice')
    .addArgument(new Argument('<queue>', 'which').choices(QUEUE_NAMES))
    .addOption(new Option('--job <id>', 'one, as `identity queues status` names it').conflicts(['all', 'olderThan']))
    .option('--all', 'every one that failed')
    .option('--older-than <time>', 'with --all: that failed at least so long ago, 30m, 2h, 1d', toDuration)
    .option('--yes', 'with --all: yes, they are to be sent')
    .addHelpText(
      'after',
      `
Prints how many were retried, and how many were left and why: codes (dead by now; who waits for one asks for another),
gone (what they would send is not kept), sent (before, as their mark says), inDoubt (perhaps sent), elsewhere (no failed
job any more), younger (than --older-than). A worker sends what is retried; \`identity queues status\` shows how it ends.
Exits 1 when --job could not be retried.`,
    )
    .action(async (queue: QueueName, { job, all, olderThan, yes }: RetryOptions, command: Command) => {
      if ((job === undefined) !== (all === true)) throw new Error('name one job (--job), or say --all');
      if (all && !yes) throw new Error('--all sends every message that failed: say --yes as well');
      const counts = await onQueues(async (service) => {
        const { RetryFailedMessages } = await import('../libraries/notification.js');
        const choice = { id: job, olderThanMs: olderThan };
        return await service.get(RetryFailedMessages).execute(queue, choice, progress(STEP));
      });
      print(command, { queue, ...counts });
      if (job !== undefined && counts.retried === 0) process.exitCode = 1;
    });
}

async function onQueues<T>(work: (service: INestApplicationContext) => Promise<T>): Promise<T> {
  const { QueueAdminModule } = await import('../libraries/notification.js');
  return await withService(work, [QueueAdminModule]);
}

function toDuration(text: string): number {
  const milliseconds = durationMs(text);
  if (milliseconds === undefined) throw new InvalidArgumentError('Write 30m, 2h, 1d.');
  return milliseconds;
}
