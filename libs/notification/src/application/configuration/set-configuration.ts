import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { LIMIT_CODES, limitsOf, SETTINGS, type Settings, tightenLimits } from '@platform/config';
import { Database } from '@platform/database';
import { type DomainError, invalidRequest } from '@platform/kernel';
import type { TypedValue } from '../../domain/configuration/configuration-value.js';
import { CredentialBox } from '../../domain/configuration/credential-box.js';
import { SMTP_CODE, smtpFaults } from '../mail/smtp-settings.js';
import { readSmsSettings } from '../sms/read-sms-settings.js';
import { ConfigurationStore } from './configuration-store.js';
import { SMS_GROUP, smsProviderName } from './known-codes.js';

const CODE = /^[A-Za-z\d][\w.:-]{0,199}$/;
const LIMITS = 'identity.limits.';
const PROVIDER_NAME = /^[a-z\d][a-z\d-]{0,31}$/;
/** A mail or SMS password, a token, a key: nothing that is longer. */
const MAX_CREDENTIAL = 16_384;

/** Who changes it: an operator at the command line, or an administrator. */
type Actor = { type: 'operator' } | { type: 'user'; id: string };

/** What is absent stays as it is. */
export interface ConfigurationOrder {
  code: string;
  group?: string;
  description?: string;
  value?: TypedValue;
  /** In clear: it is sealed before it goes anywhere. */
  credential?: string;
}

/** Changes a row of public."Configuration", or makes it. Workers see it within seconds. */
@Injectable()
export class SetConfiguration {
  constructor(
    private readonly database: Database,
    private readonly store: ConfigurationStore,
    private readonly credentials: CredentialBox,
    private readonly audit: AuditLog,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'development' | 'otp' | 'signIn'>,
  ) {}

  /**
   * @returns what was done, without the value
   * @throws DomainError `request.invalid`, `configuration.unknown`, `configuration.conflict`, `database.unavailable`
   */
  async execute({ credential, ...order }: ConfigurationOrder, actor: Actor = { type: 'operator' }) {
    const { code, value } = order;
    this.assertAcceptable({ credential, ...order });
    const group = smsProviderName(code) === undefined ? order.group : SMS_GROUP;
    const sealed = credential === undefined ? undefined : this.credentials.seal(code, credential);
    const result = await this.database.transaction(async (transaction) => {
      // Who may not read a credential must not have it sent to a host of their choice either. An operator holds the keys.
      const keeps = actor.type === 'user' && value !== undefined && credential === undefined;
      if (keeps && (await this.store.holdsCredential(code, transaction))) throw credentialWanted();
      const done = await this.store.put({ ...order, group, value, credential: sealed }, transaction);
      if (done !== 'unchanged') {
        // The code alone: values may hold what is nobody's business.
        const event = { action: 'configuration.set', outcome: 'success', details: { code } } as const;
        await this.audit.record({ ...event, actor }, transaction);
      }
      return done;
    });
    return { code, result, credential: credential === undefined ? 'kept' : 'set' };
  }

  private assertAcceptable({ code, group, value, credential }: ConfigurationOrder): void {
    if (!CODE.test(code))
      throw invalid('code', 'A code has 1 to 200 of letters, digits and _.:-, such as identity.mail.smtp.');
    if (value === undefined && credential === undefined) throw invalid('', 'Give a value, a credential, or both.');
    if (credential !== undefined && (credential === '' || credential.length > MAX_CREDENTIAL)) {
      throw invalid('credential', `A credential has 1 to ${MAX_CREDENTIAL} characters.`);
    }
    if (value !== undefined) this.assertValue(code, group, value);
  }

  private assertValue(code: string, group: string | undefined, value: TypedValue): void {
    if (code === SMTP_CODE) assertMailServer(value);
    if (code.startsWith(LIMITS)) this.assertLimits(code, value);
    const name = smsProviderName(code);
    if (name !== undefined) this.assertSmsProvider(name, group, value);
  }

  /** No looser than the settings of this process, which are those of the service where it is run beside one. */
  private assertLimits(code: string, value: TypedValue): void {
    const { otp, signIn } = LIMIT_CODES;
    if (code !== otp && code !== signIn) throw invalid('code', `Limits are in ${otp} and ${signIn}.`);
    const content = value.type === 'JSON' ? value.value : null;
    const { faults } = tightenLimits(limitsOf(this.settings), code === otp ? { otp: content } : { signIn: content });
    if (faults.length === 0) return;
    const said = faults.map(({ path, message }) => `${path || 'the value'}: ${message}`);
    throw invalid('value', `Limits can only be tightened; ${said.join('; ')}.`);
  }

  private assertSmsProvider(name: string, group: string | undefined, value: TypedValue): void {
    if (!PROVIDER_NAME.test(name)) throw invalid('code', `A provider is named by 1 to 32 of a-z, 0-9 and -.`);
    if (group !== undefined && group !== SMS_GROUP)
      throw invalid('group', `An SMS provider is in the group ${SMS_GROUP}.`);
    const { settings, faults } = readSmsSettings(
      value.type === 'JSON' ? value.value : undefined,
      this.settings.development,
    );
    if (!settings) throw invalid('value', `An SMS provider is not like that: ${faults.join('; ')}.`);
  }
}

function assertMailServer(value: TypedValue): void {
  const faults = smtpFaults(value.type === 'JSON' ? value.value : undefined);
  if (faults.length > 0) throw invalid('value', `A mail server is not like that: ${faults.join('; ')}.`);
}

function credentialWanted(): DomainError {
  return invalid('credential', 'A new value of a row that has a credential wants the credential again.');
}

/** @param path the field; empty for the order as a whole */
function invalid(path: string, message: string): DomainError {
  return invalidRequest([{ path, code: 'not-usable', message }]);
}
