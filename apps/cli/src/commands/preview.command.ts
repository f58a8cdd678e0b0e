import { Command, Option } from 'commander';
import type { Locale, MailTemplate, SmsTemplate } from '@identity/notification';
import { LOCALES, MAIL_TEMPLATES, SMS_TEMPLATES } from '../choices.js';
import { print } from '../output.js';

interface PreviewOptions {
  locale: Locale;
  html?: boolean;
  text?: boolean;
  sms?: boolean;
}

/** `identity preview verify-email --locale en --html > mail.html` */
export function previewCommand(): Command {
  return new Command('preview')
    .description('a mail or an SMS as it is sent, with sample values')
    .argument('<template>', [...new Set<string>([...MAIL_TEMPLATES, ...SMS_TEMPLATES])].join(', '))
    .addOption(new Option('--locale <locale>', 'its language').choices(LOCALES).default('vi'))
    .addOption(new Option('--html', 'the HTML of a mail alone').conflicts(['text', 'sms']))
    .addOption(new Option('--text', 'the plain text alone').conflicts('sms'))
    .option('--sms', 'the SMS, where there is a mail of the same name')
    .action((template: string, options: PreviewOptions, command: Command) => preview(template, options, command));
}

async function preview(template: string, { locale, html, text, sms }: PreviewOptions, command: Command): Promise<void> {
  const { previewMail, previewSms } = await import('../libraries/notification-worker.js');
  if (isOf(SMS_TEMPLATES, template) && (sms || !isOf(MAIL_TEMPLATES, template))) {
    process.stdout.write(`${previewSms(template as SmsTemplate, locale)}\n`);
    return;
  }
  if (sms || !isOf(MAIL_TEMPLATES, template)) {
    throw new Error(`there is no ${sms ? 'SMS' : 'message'} ${template}; add --help for the names`);
  }
  const mail = previewMail(template as MailTemplate, locale);
  if (html) process.stdout.write(`${mail.html}\n`);
  else if (text) process.stdout.write(mail.text);
  else if (command.optsWithGlobals<{ json?: boolean }>().json) print(command, { ...mail });
  else process.stdout.write(`${mail.subject}\n\n${mail.text}`);
}

function isOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
