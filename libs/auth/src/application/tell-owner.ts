import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import { ID_GENERATOR } from '@platform/database';
import type { Clock, IdGenerator } from '@platform/kernel';
import { type Locale, type MailTemplate, MessageQueue } from '@identity/notification';
import { Directory } from '@identity/users';

/** What was changed, for the mail that says so. */
export interface AccountChange {
  userId: string;
  template: Extract<MailTemplate, 'password-changed' | 'identifier-added' | 'identifier-removed'>;
  locale: Locale;
  values?: Record<string, string>;
  /** An address that is the account's no more, whose owner is told too. */
  formerAddress?: string;
}

/**
 * Tells the owner of an account what was changed, at every address that is proven: whoever took the account over cannot
 * do so unseen. To be called after the commit; while the queue is away nobody is told, and the change stands.
 */
@Injectable()
export class TellOwner {
  private readonly logger = new Logger(TellOwner.name);

  constructor(
    private readonly directory: Directory,
    private readonly queue: MessageQueue,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {}

  async execute({ userId, template, locale, values = {}, formerAddress }: AccountChange): Promise<void> {
    try {
      const identifiers = await this.directory.identifiersOf(userId);
      const proven = identifiers.filter(({ scheme, verifiedAt }) => scheme === 'email' && verifiedAt);
      const addresses = new Set([...proven.map(({ value }) => value), ...(formerAddress ? [formerAddress] : [])]);
      const when = { at: this.clock.now().toISOString() };
      const templates = { nobody: template, active: template, disabled: template };
      await Promise.all(
        [...addresses].map((to) =>
          this.queue.enqueue({
            channel: 'mail',
            id: `${template}-${this.ids.next()}`,
            to,
            locale,
            values: { ...when, ...values },
            templates,
          }),
        ),
      );
    } catch (error) {
      this.logger.warn({ err: error, msg: `the owner could not be told: ${template}` });
    }
  }
}
