import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { MessageQueue } from '@identity/notification';

const TEMPLATE = 'password-reset-requested';
const TEMPLATES = { nobody: null, active: TEMPLATE, disabled: null } as const;
/** Requests of one minute are one mail to each address, however often a button is pressed. */
const SAME_MAIL_MS = 60_000;

/** Orders the mail that tells an owner to choose a new password. It holds no code and no link. */
@Injectable()
export class SendResetNotice {
  constructor(
    private readonly queue: MessageQueue,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * @param locale the owner's own, where the profile tells it; the administrator's language says nothing about the owner
   * @throws DomainError `notification.unavailable`
   */
  async execute(addresses: readonly { id: string; value: string }[], locale: unknown): Promise<void> {
    const language = typeof locale === 'string' && /^en\b/i.test(locale) ? 'en' : 'vi';
    const slot = Math.floor(this.clock.now().getTime() / SAME_MAIL_MS);
    await Promise.all(
      addresses.map(({ id, value: to }) =>
        this.queue.enqueue({
          channel: 'mail',
          id: `${TEMPLATE}-${id}-${slot}`,
          to,
          locale: language,
          values: {},
          templates: TEMPLATES,
        }),
      ),
    );
  }
}
