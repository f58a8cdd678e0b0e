import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import { type Clock, loggedIdentifier } from '@platform/kernel';
import { counter, histogram } from '@platform/telemetry';
import { type Channel, MAIL_TEMPLATES, SMS_TEMPLATES } from '../message-order.js';
import type { Delivery, QueuedMessage } from './message.js';

const OUTCOMES = ['sent', 'failed', 'retried', 'expired', 'skipped', 'unknown'] as const;
/** From the request to the provider's answer: seconds when all is well, the code's life when it is not. */
const DELAY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 3600];

/** Counts deliveries and writes one line for each: who is masked, the code and the other values are not in it. */
@Injectable()
export class DeliveryReport {
  private readonly logger = new Logger('Delivery');
  private readonly messages = counter('identity_messages_total', 'Messages, by what became of them.', [
    'channel',
    'template',
    'outcome',
  ]);
  private readonly delay = histogram(
    'identity_message_delay_seconds',
    'From the order of a message to its being accepted by the provider.',
    ['channel'],
    DELAY_BUCKETS,
  );

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    const templates: [Channel, readonly string[]][] = [
      ['mail', MAIL_TEMPLATES],
      ['sms', SMS_TEMPLATES],
    ];
    for (const [channel, names] of templates) {
      this.delay.zero({ channel });
      for (const template of names) {
        for (const outcome of OUTCOMES) this.messages.inc({ channel, template, outcome }, 0);
      }
    }
  }

  tell(message: QueuedMessage, about: { to?: string; template: string | null }, delivery: Delivery): void {
    const { channel } = message;
    const template = about.template ?? 'none';
    const { outcome } = delivery;
    if (outcome !== 'repeated' && about.template) this.messages.inc({ channel, template, outcome });
    if (outcome === 'sent') {
      const delayMs = this.clock.now().getTime() - message.orderedAt.getTime();
      this.delay.observe({ channel }, Math.max(0, delayMs / 1000));
    }
    this.write(delivery, {
      msg: `message ${outcome}`,
      jobId: message.id,
      channel,
      template,
      ...(about.to && loggedIdentifier({ scheme: channel === 'mail' ? 'email' : 'phone', value: about.to })),
      ...delivery,
    });
  }

  private write({ outcome }: Delivery, fields: object): void {
    if (outcome === 'failed') this.logger.error(fields);
    else if (outcome === 'retried' || outcome === 'unknown') this.logger.warn(fields);
    else this.logger.log(fields);
  }
}
