import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import { type Clock, DomainError } from '@platform/kernel';
import { runInRequestContext } from '@platform/telemetry';
import { UnopenableBox } from '../../domain/secret-box.js';
import type { Channel, MailTemplate, SmsTemplate } from '../message-order.js';
import { MessageSeal, type SealedContent } from '../message-seal.js';
import { Gathered } from '../gathered.js';
import { type Address, AddressBook, type Owner } from './address-book.js';
import { Couriers } from './couriers.js';
import { DeliveryReport } from './delivery-report.js';
import type { Delivery, QueuedMessage } from './message.js';

type Template = MailTemplate | SmsTemplate;

/**
 * Delivers one message out of the queue: drops it when it is late, opens it, chooses the template by whose the address
 * is, sends it once. Never throws: what went wrong is the delivery's reason.
 */
@Injectable()
export class DeliverMessage {
  private readonly owners: Gathered<Address, Owner>;

  constructor(
    private readonly seal: MessageSeal,
    addressBook: AddressBook,
    private readonly couriers: Couriers,
    private readonly report: DeliveryReport,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.owners = new Gathered(
      ({ value }) => value,
      (addresses) => addressBook.ownersOf(addresses),
    );
  }

  async execute(message: QueuedMessage): Promise<Delivery> {
    return await runInRequestContext({ requestId: message.requestId }, async () => {
      const about: { to?: string; template: Template | null } = { template: expectedTemplate(message) };
      const delivery = await this.attempt(message, about).catch((error: unknown) => failure(error, message));
      this.report.tell(message, about, delivery);
      return delivery;
    });
  }

  private async attempt(message: QueuedMessage, about: { to?: string; template: Template | null }): Promise<Delivery> {
    // Before it is opened: a code that is no use any more need not be read.
    if (message.expiresAt && message.expiresAt <= this.clock.now()) return { outcome: 'expired' };
    const content = this.seal.open(message.id, message.channel, message.sealed);
    if (!content) return { outcome: 'failed', reason: 'notification.malformed' };
    about.to = content.to;
    const template = await this.templateFor(message, content);
    if (!template) return { outcome: 'skipped' };
    about.template = template;
    const { id, locale, channel, lastAttempt } = message;
    return await this.couriers.send(channel, { id, locale, template, ...content }, lastAttempt);
  }

  private async templateFor({ channel, templates }: QueuedMessage, { to }: SealedContent): Promise<Template | null> {
    const { nobody, active, disabled } = templates;
    if (nobody === active && active === disabled) return active;
    return templates[await this.owners.get({ scheme: schemeOf(channel), value: to })];
  }
}

function schemeOf(channel: Channel): 'email' | 'phone' {
  return channel === 'mail' ? 'email' : 'phone';
}

/** The name under which a message is counted that never gets as far as its template. */
function expectedTemplate({ templates }: QueuedMessage): Template | null {
  return templates.nobody ?? templates.active ?? templates.disabled;
}

/** An unopenable message is tried again: the API may have the new key before this process is started with it. */
function failure(error: unknown, { lastAttempt }: QueuedMessage): Delivery {
  const reason =
    error instanceof DomainError
      ? error.code
      : error instanceof UnopenableBox
        ? 'notification.unopenable'
        : `notification.unexpected: ${(error as Error).name}`;
  return { outcome: lastAttempt ? 'failed' : 'retried', reason };
}
