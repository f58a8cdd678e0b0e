import { Argument, Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { Lasting, OtpNamespace } from '@identity/otp';
import { maskIdentifier } from '@platform/kernel';
import { NAMESPACE_NAMES } from '../choices.js';
import { toLimit } from '../arguments.js';
import { print } from '../output.js';
import { progress } from '../progress.js';
import { withService } from '../with-service.js';

type Target = Awaited<ReturnType<typeof toTarget>>;
interface TopOptions {
  namespace?: OtpNamespace;
  limit: number;
  whole?: boolean;
}
type Action = (
  service: INestApplicationContext,
  target: Target,
) => Promise<Record<string, string | number | boolean | null>>;

/** `identity otp …`: the one-time codes of an identifier, and the identifiers with most of them. */
export function otpCommand(): Command {
  return new Command('otp')
    .description('one-time codes')
    .addCommand(onCodes('show', 'show if a code waits, wrong guesses, lock and quota; times in seconds', show))
    .addCommand(onCodes('unlock', 'end a lock, with a fresh budget of guesses', unlock))
    .addCommand(top());
}

function top(): Command {
  return new Command('top')
    .description('the identifiers that most codes were sent to, most first')
    .addOption(new Option('--namespace <namespace>', 'of codes for this alone').choices(NAMESPACE_NAMES))
    .addOption(new Option('--limit <number>', 'at most so many lines').default(20).argParser(toLimit))
    .option('--whole', 'show identifiers whole and not masked, as `identity otp show` takes them')
    .addHelpText(
      'after',
      `
Counts the codes of the 24 hours that began with an identifier's first one; what was refused is in no count, so none is
above the daily quota (\`identity configuration limits\`). Looks at all keys of Redis, 1000 at a time. With --json:
  [{namespace, identifier, codes, quotaRenewedIn}], quotaRenewedIn in seconds
Who fails to sign in most: \`identity audit top identifier --action sign-in.failed\`, or top ip.`,
    )
    .action(async ({ whole, ...which }: TopOptions, command: Command) => {
      const found = await withRedis(async (service) => {
        const { MostAsked } = await import('../libraries/otp.js');
        return await service.get(MostAsked).find(which, progress(100_000));
      });
      print(
        command,
        found.map(({ namespace, identifier, codes, quota }) => ({
          namespace,
          identifier: whole ? identifier : maskIdentifier(identifier),
          codes,
          quotaRenewedIn: seconds(quota),
        })),
      );
    });
}

function onCodes(name: string, description: string, action: Action): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<namespace>', 'what the codes are for').choices(NAMESPACE_NAMES))
    .argument('<identifier>', 'an e-mail address or a phone number, also as email:… or phone:…')
    .action(async (namespace: OtpNamespace, identifier: string, _options: unknown, command: Command) => {
      const target = await toTarget(namespace, identifier);
      const result = await withRedis((service) => action(service, target));
      print(command, { namespace, identifier: target.identifier.value, ...result });
    });
}

/** @throws DomainError `redis.unavailable`, and what withService throws */
async function withRedis<T>(work: (service: INestApplicationContext) => Promise<T>): Promise<T> {
  const { OtpAdminModule } = await import('../libraries/otp.js');
  return await withService(
    async (service) => {
      const { redisReady } = await import('../libraries/redis.js');
      await redisReady(service);
      return await work(service);
    },
    [OtpAdminModule],
  );
}

/** @throws DomainError `request.invalid`; Error when the namespace sends nothing there */
async function toTarget(namespace: OtpNamespace, name: string) {
  const { isServed } = await import('../libraries/otp.js');
  const { canonicalise } = await import('../libraries/users.js');
  const [, given, rest] = /^(email|phone):(.+)$/.exec(name) ?? [];
  const scheme: string = given ?? (name.includes('@') ? 'email' : 'phone');
  if (!isServed(namespace, scheme)) throw new Error(`${namespace} sends no codes to identifiers of scheme ${scheme}`);
  const { value } = canonicalise({ scheme, value: rest ?? name });
  return { namespace, identifier: { scheme, value } };
}

async function show(service: INestApplicationContext, { namespace, identifier }: Target) {
  const { CodeStates } = await import('../libraries/otp.js');
  const state = await service.get(CodeStates).inspect({ namespace, identifier: identifier.value });
  return {
    codeWaits: seconds(state.pending),
    wrongGuesses: state.attempts,
    locked: seconds(state.lock),
    nextCodeIn: seconds(state.cooldown),
    codesToday: state.sent,
    quotaRenewedIn: seconds(state.quota),
  };
}

async function unlock(service: INestApplicationContext, target: Target) {
  const { UnlockCode } = await import('../libraries/otp.js');
  return { changed: await service.get(UnlockCode).execute(target, { type: 'operator' }) };
}

/** How long something lasts, in seconds; null when it is not there. */
function seconds(lasting?: Lasting): number | string | null {
  if (!lasting) return null;
  const { milliseconds } = lasting;
  return milliseconds === 'no end' ? milliseconds : Math.ceil(milliseconds / 1000);
}
