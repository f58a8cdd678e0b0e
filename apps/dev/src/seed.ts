import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.js';
import type { Operator } from './operator.js';
import type { StandIns } from './stand-ins.js';
import { step } from './terminal.js';

export const ADMINISTRATOR = { scheme: 'username', value: 'admin' };
/** What examples/sister asks. */
const EXAMPLE_SCOPES = ['policies:check', 'revocations:read'];
const SENDER = 'NX Seller <no-reply@nx-seller.test>';

/**
 * Brings keys, schema, administrator and service account into being. In development the accounts of an earlier start,
 * or of another folder on the same database, are given these credentials; elsewhere they are left alone. Mails and SMS
 * go to the stand-ins, if there are any.
 */
export async function seed(
  run: Operator,
  settings: Record<string, string>,
  { adminPassword, serviceAccount, exampleAccount }: Credentials,
  { standIns, withSister }: { standIns: StandIns | undefined; withSister: boolean },
): Promise<void> {
  const ours = settings['NODE_ENV'] === 'development';
  if (!existsSync(join(settings['JWKS_DIR'] ?? '', 'manifest.json'))) {
    await step('signing key generated', () => run(['keys', 'generate', '--json']));
  }
  await step('migrations applied', () => run(['migrate']));
  await step('administrator present', () => run(administrator(ours), adminPassword));
  await step('service account present', () => run(sister(serviceAccount.name, ['*'], ours), serviceAccount.secret));
  if (withSister) {
    const { name, secret } = exampleAccount;
    await step('account of the sister present', () => run(sister(name, EXAMPLE_SCOPES, ours), secret));
  }
  if (standIns) await step('mails and SMS configured', () => configure(run, standIns));
}

/** At every start: the ports may be other ones, and the gateway's secret is. */
async function configure(run: Operator, { mail, sms, partner }: StandIns): Promise<void> {
  const { partnerCode, secretKey } = partner;
  const smtp = { host: '127.0.0.1', port: mail.smtpPort, tls: 'none', from: SENDER };
  const provider = { kind: 'vnpay', enabled: true, order: 1, url: sms.sendUrl, sender: 'NXSELLER', keyword: 'OTP' };
  await Promise.all([
    run(setting('identity.mail.smtp', 'identity.mail', smtp)),
    run(
      [...setting('identity.sms.vnpay', 'identity.sms', { ...provider, partnerCode }), '--credential-stdin'],
      secretKey,
    ),
  ]);
}

function setting(code: string, group: string, value: object): string[] {
  return ['configuration', 'set', code, '--group', group, '--json', JSON.stringify(value)];
}

function administrator(replace: boolean): string[] {
  const who = ['--scheme', ADMINISTRATOR.scheme, '--value', ADMINISTRATOR.value];
  return ['admin', 'create', ...who, '--password-stdin', ...(replace ? ['--replace-password'] : []), '--json'];
}

function sister(name: string, scopes: string[], replace: boolean): string[] {
  const what = ['--name', name, '--scope', ...scopes, '--secret-stdin', ...(replace ? ['--replace'] : [])];
  return ['service-accounts', 'create', ...what, '--json'];
}
