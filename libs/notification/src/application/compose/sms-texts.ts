import { Injectable, Logger } from '@nestjs/common';
import { Configurations } from '../configuration/configurations.js';
import type { Locale, SmsTemplate } from '../message-order.js';
import { smsTexts } from '../../templates/sms-texts.js';
import { smsTextFault } from './compose-sms.js';

/** A brand as long as one may be: a text must not become too long when the brand is changed. */
const LONGEST_BRAND = 'b'.repeat(30);

/** Texts of SMS: operators register them with the brand, so that rows of Configuration come before ours. */
@Injectable()
export class SmsTexts {
  private readonly logger = new Logger(SmsTexts.name);

  constructor(private readonly configurations: Configurations) {}

  /**
   * Row `identity.sms-template.<template>.<locale>`, else the built-in text.
   * @throws DomainError `database.unavailable`
   */
  async find(template: SmsTemplate, locale: Locale): Promise<string> {
    const builtIn = smsTexts[template][locale];
    const code = `identity.sms-template.${template}.${locale}`;
    const value = (await this.configurations.find(code))?.value;
    if (value === undefined || value === null) return builtIn;
    const fault = typeof value === 'string' ? smsTextFault(value, LONGEST_BRAND) : 'it is no text';
    if (fault === undefined) return value as string;
    this.logger.warn(`${code} is not used, the built-in text is: ${fault}`);
    return builtIn;
  }
}
