import type { Command } from 'commander';

/** Shown below the help of the command that each begins with. */
const EXAMPLES = [
  'keys generate',
  'keys generate --alg RS256 --lead-seconds 43200',
  'keys list --json',
  'keys rotate',
  'keys rotate --alg ES256',
  'keys revoke cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
  'keys revoke --all --yes',
  'admin create --value ana.admin',
  'admin create --scheme email --value ana@example.com --password-stdin < password.txt',
  'users inspect email:ana@example.com',
  'users disable username:ana',
  'users enable 248151234567890944',
  'users end-sessions phone:0901234567',
  'otp show phone-auth 0901234567',
  'otp unlock verify-email ana@example.com',
  'otp top',
  'otp top --namespace phone-auth --limit 50 --whole --json',
  'queues status',
  'queues status --failures 50 --json',
  'queues retry mail --all --yes',
  'queues retry mail --all --yes --older-than 1h',
  'queues retry mail --job password-changed-248151234567890944',
  'audit list --user email:ana@example.com --from 1h',
  'audit list --action sign-in.failed --from 2026-11-25T10:00Z --to 2026-11-25T11:00Z',
  'audit top ip --action sign-in.failed --from 30m',
  'audit top identifier --action sign-in.failed',
  'policies list --user email:ana@example.com',
  'policies list --target Role_248151234567890944',
  'policies grant --user email:ana@example.com --permission orders --action read --domain Shop_7',
  'policies grant --user email:ana@example.com --role manager',
  'policies revoke 248151234567890944',
  'policies revoke --user email:ana@example.com --role manager',
  'policies check --user email:ana@example.com --object orders.items --action read --domain Shop_7',
  'policies explain --user email:ana@example.com --object orders.items --action read',
  'policies import definitions.csv --create-missing',
  'policies export --format json > definitions.json',
  'service-accounts create --name orders --scope policies:check revocations:read',
  'service-accounts revoke orders',
  `configuration set identity.mail.smtp '{"host": "smtp.example.com", "port": 587, "user": "nx", "from": "NX Seller <no-reply@example.com>"}' --credential-stdin < password.txt`,
  'configuration set identity.sms.vnpay --credential-stdin < credential.txt',
  `configuration set identity.limits.otp '{"dailyQuota": 3, "phone-auth": {"resendCooldownSeconds": 300}}'`,
  `configuration set identity.limits.sign-in '{"maxFailures": 5, "address": {"lockSeconds": 3600}}'`,
  'configuration unset identity.limits.otp',
  'configuration unset identity.sms.vnpay --yes',
  'configuration list --group identity.mail',
  'configuration reencrypt --others',
  'preview verify-email --locale en --html > mail.html',
  'preview phone-auth',
];

/**
 * Gives every command below `command` examples, the options of all commands in its help, and a way out of a mistake:
 * commander hands such settings down to no command that is made apart from its parent.
 */
export function completeHelp(command: Command, path: readonly string[] = []): void {
  command.configureHelp({ showGlobalOptions: true });
  command.showHelpAfterError(`(${['identity', ...path, '--help'].join(' ')} says what it takes)`);
  const name = path.join(' ');
  const examples = EXAMPLES.filter((line) => `${line} `.startsWith(`${name} `)).map((line) => `\n  identity ${line}`);
  if (command.commands.length === 0 && examples.length > 0) {
    command.addHelpText('after', `\nExamples:${examples.join('')}`);
  }
  for (const child of command.commands) completeHelp(child, [...path, child.name()]);
}
