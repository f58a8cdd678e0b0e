import { Injectable } from '@nestjs/common';
import { MailCourier } from '../compose/mail-courier.js';
import type { Channel } from '../message-order.js';
import { SmsCourier } from '../compose/sms-courier.js';
import type { AddressedMessage, Delivery } from './message.js';
import { SendOnce } from './send-once.js';

/** Who carries what. */
@Injectable()
export class Couriers {
  constructor(
    private readonly mail: MailCourier,
    private readonly sms: SmsCourier,
    private readonly sendOnce: SendOnce,
  ) {}

  /** @throws DomainError `database.unavailable`; nothing was sent then */
  async send(channel: Channel, message: AddressedMessage, lastAttempt: boolean): Promise<Delivery> {
    return await this.sendOnce.execute(channel, this[channel], message, lastAttempt);
  }
}
