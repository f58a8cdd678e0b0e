import { z } from 'zod';
import type { SecretBox } from '../domain/secret-box.js';
import type { Channel } from './message-order.js';

/** What of a message nobody but the worker may read: whose it is, and the code in it. */
export interface SealedContent {
  to: string;
  values: Record<string, string>;
}

/**
 * One address and nothing else, whatever a mail library makes of lists, names and line ends. Canonical addresses have
 * this form already; what comes out of a queue is checked all the same.
 */
const MAIL_ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]+@[^\s<>()[\]\\,;:"@\p{Cc}]+$/u;
const PHONE_NUMBER = /^\+\d{6,15}$/;
const contentSchema = z.strictObject({ to: z.string().max(320), values: z.record(z.string(), z.string().max(1000)) });

/** Seals the content of a message into its job, so that Redis holds no code and no address in clear. */
export class MessageSeal {
  /** @param box of purpose `job` */
  constructor(private readonly box: SecretBox) {}

  seal(id: string, { to, values }: SealedContent): string {
    return this.box.seal(JSON.stringify({ to, values }), id);
  }

  /**
   * @param id of the job: the content of another one does not open in it
   * @returns undefined for a content of the wrong form
   * @throws UnopenableBox
   */
  open(id: string, channel: Channel, sealed: string): SealedContent | undefined {
    const content = contentSchema.safeParse(JSON.parse(this.box.open(sealed, id)));
    const form = channel === 'mail' ? MAIL_ADDRESS : PHONE_NUMBER;
    return content.success && form.test(content.data.to) ? content.data : undefined;
  }
}
