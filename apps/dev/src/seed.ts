import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.js';
import type { Operator } from './operator.js';
import type { StandIns } from './stand-ins.js';
import { step } from './terminal.js';

export const ADMINISTRATOR = { scheme: 'username', value: 'admin' };
const SENDER = 'NX Seller <no-reply@nx-seller.test>';

/**
 * Brings keys, schema, administrator and service account into being. In development the accounts of an earlier start,
 * or of another folder on the same database, are given these credentials; elsewhere they are left alone. Mails and SMS
 * go to the stand-ins, if there are any.
 */
export async function seed(
  run: Operator,
  settings: Record<string, string>,
  { adminPassword, serviceAccount }: Credentials,
  standIns: StandIns | undefined,
): Promise<void> {
  const ours = settings['NODE_ENV'] === 'development';
  if (!existsSync(join(settings['JWKS_DIR'] ?? '', 'manifest.json'))) {
    await step('signing key generated', () => run(['keys', 'generate', '--json']));
  }
  await step('migrations applied', () => run(['migrate']));
  await step('administrator present', () => run(administrator(ours), adminPassword));
  await step('service account present', () => run(sister(serviceAccount.name, ours), serviceAccount.secret));
  if (standIns) await step('mails and SMS configured', () => configure(run, standIns));
}

/** At every start: the ports may be other ones, and the gateway's secret is. */
async function configure(run: Operator, { mail, sms, partner }: StandIns): Promise<void> {
  const { partnerCode, secretKey } = partner;
  const smtp = { host: '127.0.0.1', port: mail.smtpPort, tls: 'none', from: SENDER };
  const vnpay = { kind: 'vnpay', enabled: true, order: 1, url: sms.sendUrl, sender: 'NXSELLER', keyword: 'OTP' };
  await run(['configuration', 'set', 'identity.mail.smtp', '--group', 'identity.mail', '--json', JSON.stringify(smtp)]);
  const provider = JSON.stringify({ ...vnpay, partnerCode });
  const set = ['configuration', 'set', 'identity.sms.vnpay', '--group', 'identity.sms', '--json', provider];
  await run([...set, '--credential-stdin'], secretKey);
}

function administrator(replace: boolean): string[] {
  const who = ['--scheme', ADMINISTRATOR.scheme, '--value', ADMINISTRATOR.value];
  return ['admin', 'create', ...who, '--password-stdin', ...(replace ? ['--replace-password'] : []), '--json'];
}

function sister(name: string, replace: boolean): string[] {
  const what = ['--name', name, '--scope', '*', '--secret-stdin', ...(replace ? ['--replace'] : [])];
  return ['service-accounts', 'create', ...what, '--json'];
}
