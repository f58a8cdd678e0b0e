import { Injectable } from '@nestjs/common';
import { MailSender } from '../mail/mail-sender.js';
import type { MailTemplate } from '../message-order.js';
import type { Courier, ReadyToSend } from '../delivery/courier.js';
import type { AddressedMessage } from '../delivery/message.js';
import { Brand } from './brand.js';
import { composeMail } from './compose-mail.js';

@Injectable()
export class MailCourier implements Courier {
  constructor(
    private readonly brand: Brand,
    private readonly sender: MailSender,
  ) {}

  async prepare({ id, to, template, locale, values }: AddressedMessage): Promise<ReadyToSend> {
    const mail = composeMail(template as MailTemplate, locale, { ...values, brand: await this.brand.forMail() });
    return () => this.sender.send({ id, to, ...mail });
  }
}
