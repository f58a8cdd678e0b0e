import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { inSpan } from '@platform/telemetry';
import { Configurations } from '../../application/configuration/configurations.js';
import { type Mail, type MailOutcome, MailSender } from '../../application/mail/mail-sender.js';
import { SendingPace } from '../../application/mail/sending-pace.js';
import { judgeSmtpFailure, type SmtpFailure } from '../../domain/smtp-failure.js';
import { readSmtpSettings, SMTP_CODE } from '../../application/mail/smtp-settings.js';
import { SmtpTransport } from './smtp-transport.js';

const PROVIDER = 'smtp';

/** Sends through the server that row `identity.mail.smtp` names; a changed row makes new connections. */
@Injectable()
export class SmtpMailSender extends MailSender implements OnApplicationShutdown {
  private current: { settings: string; transport: SmtpTransport } | undefined;

  constructor(
    private readonly configurations: Configurations,
    private readonly pace: SendingPace,
  ) {
    super();
  }

  async send(mail: Mail): Promise<MailOutcome> {
    const transport = await this.transport();
    return await inSpan(
      'send mail',
      { kind: 'client', attributes: { 'identity.provider': PROVIDER } },
      async (span) => {
        const outcome = await this.sendThrough(transport, mail);
        if (outcome.kind !== 'accepted') span?.fail(outcome.reason);
        return outcome;
      },
    );
  }

  private async sendThrough(transport: SmtpTransport, mail: Mail): Promise<MailOutcome> {
    try {
      return { kind: 'accepted', provider: PROVIDER, providerMessageId: await transport.send(mail) };
    } catch (error) {
      return { ...judgeSmtpFailure(error as SmtpFailure), provider: PROVIDER };
    }
  }

  onApplicationShutdown(): void {
    this.current?.transport.close();
  }

  private async transport(): Promise<SmtpTransport> {
    const settings = readSmtpSettings(await this.configurations.find(SMTP_CODE));
    await this.pace.limitMails(settings.ratePerSecond);
    const text = JSON.stringify(settings);
    if (this.current?.settings !== text) {
      this.current?.transport.close();
      this.current = { settings: text, transport: new SmtpTransport(settings) };
    }
    return this.current.transport;
  }
}
