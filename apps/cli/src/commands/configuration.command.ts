import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { ConfigurationOrder } from '@identity/notification';
import { print, printParts } from '../output.js';
import { progress } from '../progress.js';
import { withService } from '../with-service.js';

interface SetOptions {
  group?: string;
  description?: string;
  text?: string;
  number?: string;
  boolean?: 'true' | 'false';
  credentialStdin?: boolean;
}

/** Of the rows that are looked at, so many at once are told of. */
const REENCRYPTED_AT_ONCE = 100;

/** `identity configuration …` works on the shared public."Configuration"; a credential goes in and never comes out. */
export function configurationCommand(): Command {
  return new Command('configuration')
    .description('mail server, SMS providers and texts, limits that are tightened; in the shared configuration')
    .addCommand(set())
    .addCommand(unset())
    .addCommand(list())
    .addCommand(limits())
    .addCommand(reencrypt());
}

function set(): Command {
  return new Command('set')
    .description('set a value, its credential, or both; what is not named stays as it is')
    .argument('<code>', 'such as identity.mail.smtp, identity.sms.vnpay, identity.limits.otp')
    .argument('[json]', "its value in JSON; --json '{…}' is the same, and makes the answer JSON too")
    .option('--group <group>', 'group of the row; by default the code up to its last dot')
    .option('--description <description>', 'what it is for')
    .addOption(new Option('--text <text>', 'its value as a text').conflicts(['number', 'boolean']))
    .addOption(new Option('--number <number>', 'its value as a number').conflicts('boolean'))
    .addOption(new Option('--boolean <boolean>', 'its value as a truth value').choices(['true', 'false']))
    .option('--credential-stdin', 'read the credential (a password, a token) from standard input')
    .addHelpText(
      'after',
      `
Prints {"code", "result": "created" | "changed" | "unchanged", "credential": "kept" | "set"}. Workers see it within 30 s.

docs/messages.md has each field of SMS providers, with examples; a value that cannot be used is refused with the reason.
  identity.mail.smtp       host, port, from; user (its password is the credential); tls: "implicit" by default at port 465,
                           "starttls" at others, "none"; maxConnections of each worker; ratePerSecond of all

Under attack limits are tightened without a rollout; every replica has them within 10 seconds, and
\`identity configuration unset\` gives those of the settings back. A value looser than the settings is refused.
\`identity configuration limits\` shows what holds.
  identity.limits.otp      codeTtlSeconds, resendCooldownSeconds, maxAttempts, lockSeconds, dailyQuota: of every code, or
                           in "verify-email", "phone-auth", "forgot-password" of one purpose, whose own come first; and
                           "sms": {"country" | "prefix" | "network": {daily, hourly}}, what is allowed unverified
  identity.limits.sign-in  maxFailures, lockSeconds; in "address" those of client addresses alone`,
    )
    .action(async (code: string, json: string | undefined, options: SetOptions, command: Command) => {
      const { group, description } = options;
      const order: ConfigurationOrder = { code, group, description, value: valueOf(json, options) };
      if (options.credentialStdin) order.credential = (await text(process.stdin)).replace(/\r?\n$/, '');
      const { SetConfiguration } = await import('../libraries/notification.js');
      print(command, await onConfiguration((service) => service.get(SetConfiguration).execute(order)));
    });
}

function unset(): Command {
  return new Command('unset')
    .description('take a row out: limits are those of the settings again, a provider is no longer used')
    .argument('<code>', 'such as identity.limits.otp')
    .option('--yes', 'although it has a credential, which is lost with it')
    .addHelpText('after', '\nPrints {"code", "result": "removed" | "absent"}; every replica sees it within 10 seconds.')
    .action(async (code: string, { yes = false }: { yes?: boolean }, command: Command) => {
      const { UnsetConfiguration } = await import('../libraries/notification.js');
      const removed = await onConfiguration((service) =>
        service.get(UnsetConfiguration).execute(code, { withCredential: yes }),
      );
      print(command, { code, result: removed ? 'removed' : 'absent' });
    });
}

/** What was given, if anything; neither message repeats it. */
function valueOf(json: string | undefined, { text: words, number, boolean }: SetOptions): ConfigurationOrder['value'] {
  if (json !== undefined) {
    if (words !== undefined || number !== undefined || boolean) throw new Error('give one value, not two');
    return { type: 'JSON', value: parseJson(json) };
  }
  if (words !== undefined) return { type: 'TEXT', value: words };
  if (boolean) return { type: 'BOOLEAN', value: boolean === 'true' };
  if (number === undefined) return undefined;
  if (number.trim() === '' || !Number.isFinite(Number(number))) throw new Error('--number wants a decimal number');
  return { type: 'NUMBER', value: Number(number) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new Error('the value is no JSON'); // JSON.parse would quote it
  }
}

function list(): Command {
  return new Command('list')
    .description('rows, without values and credentials: whether there is one, and under which key')
    .option('--group <group>', 'of one group alone')
    .action(async ({ group }: { group?: string }, command: Command) => {
      const { ListConfigurations } = await import('../libraries/notification.js');
      const rows = await onConfiguration((service) => service.get(ListConfigurations).execute(group));
      print(
        command,
        rows.map(({ code, group: its, dataType, credential, updatedAt, description }) => ({
          code,
          group: its,
          dataType,
          credential,
          updatedAt,
          description,
        })),
      );
    });
}

function limits(): Command {
  return new Command('limits')
    .description('the limits of codes and sign-in that hold now: those of the settings, and what tightens them')
    .addHelpText(
      'after',
      `
The settings are those of this process: run it where the service runs. Every replica has these limits within 10 seconds.
With --json, ignored being what the rows hold that counts for nothing:
  {"limits": [{configuration, limit, setting, inForce}], "ignored": [{configuration, limit, reason}]}`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { ListLimits } = await import('../libraries/notification.js');
      const { limits: all, faults } = await onConfiguration((service) => service.get(ListLimits).execute());
      printParts(command, {
        limits: all.map((limit) => ({ ...limit })),
        ignored: faults.map(({ code, path, message }) => ({
          configuration: code,
          limit: path || 'all of it',
          reason: message,
        })),
      });
    });
}

async function onConfiguration<T>(work: (service: INestApplicationContext) => Promise<T>): Promise<T> {
  const { ConfigurationAdminModule } = await import('../libraries/notification.js');
  return await withService(work, [ConfigurationAdminModule]);
}

function reencrypt(): Command {
  return new Command('reencrypt')
    .description("bring credentials under today's key; safe to stop and to run again, also at once")
    .option('--others', 'also those in the older framing of other services, which may then no longer read them')
    .addHelpText(
      'after',
      `
Tells on standard error how many rows it has looked at. With --json {reencrypted, current, left, unusable}: current are
under today's key already, left are those of other services. Exits 1 when some are unusable, and names them.`,
    )
    .action(async ({ others }: { others?: boolean }, command: Command) => {
      const { ReencryptCredentials } = await import('../libraries/notification.js');
      const { unusable, ...counts } = await onConfiguration((service) =>
        service.get(ReencryptCredentials).execute({ others, onProgress: progress(REENCRYPTED_AT_ONCE) }),
      );
      print(command, { ...counts, unusable: unusable.length });
      if (unusable.length === 0) return;
      process.stderr.write(`identity: these credentials cannot be opened, set them anew: ${unusable.join(', ')}\n`);
      process.exitCode = 1;
    });
}
