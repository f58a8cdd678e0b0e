import { Injectable } from '@nestjs/common';
import { SmsSender } from '../sms/sms-sender.js';
import type { SmsTemplate } from '../message-order.js';
import type { Courier, ReadyToSend } from '../delivery/courier.js';
import type { AddressedMessage } from '../delivery/message.js';
import { Brand } from './brand.js';
import { composeSms } from './compose-sms.js';
import { SmsTexts } from './sms-texts.js';

@Injectable()
export class SmsCourier implements Courier {
  constructor(
    private readonly brand: Brand,
    private readonly texts: SmsTexts,
    private readonly sender: SmsSender,
  ) {}

  async prepare({ id, to, template, locale, values }: AddressedMessage): Promise<ReadyToSend> {
    const [brand, wording] = await Promise.all([this.brand.forSms(), this.texts.find(template as SmsTemplate, locale)]);
    const text = composeSms(wording, { ...values, brand });
    return () => this.sender.send({ id, to, text });
  }
}
