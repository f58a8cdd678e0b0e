import { Injectable } from '@nestjs/common';
import { Configurations } from '../configuration/configurations.js';

export const DEFAULT_BRAND = 'NX Seller';
const CODE = 'identity.notification.brand';
/** A line's worth: it stands in subjects, and an SMS has room for no more. */
const USABLE = /^[^\p{Cc}]{1,30}$/u;
const USABLE_IN_SMS = /^[\x20-\x7E]{1,30}$/;

/** The name under which messages are written: row `identity.notification.brand`, else `NX Seller`. */
@Injectable()
export class Brand {
  constructor(private readonly configurations: Configurations) {}

  /** @throws DomainError `database.unavailable` */
  async forMail(): Promise<string> {
    return await this.read(USABLE);
  }

  /** ASCII, as all of an SMS. */
  async forSms(): Promise<string> {
    return await this.read(USABLE_IN_SMS);
  }

  private async read(usable: RegExp): Promise<string> {
    const value = (await this.configurations.find(CODE))?.value;
    return typeof value === 'string' && usable.test(value) && value.trim() !== '' ? value.trim() : DEFAULT_BRAND;
  }
}
