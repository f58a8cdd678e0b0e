import Handlebars from 'handlebars';
import type { Locale, MailTemplate } from '../message-order.js';
import { UncomposableMessage } from '../delivery/courier.js';
import { layouts } from '../../templates/layouts.js';
import { footers, mailTexts } from '../../templates/mail-texts.js';

export interface ComposedMail {
  subject: string;
  text: string;
  html: string;
}

type Fill = (values: object) => string;

const filled = new Map<string, Fill>();

/**
 * A mail in one language, as plain text and as HTML. Values are data: in HTML they are escaped, and what looks like a
 * template in them is written as it is.
 * @param values what the template names, `brand` among them
 * @throws UncomposableMessage when one of them is missing
 */
export function composeMail(template: MailTemplate, locale: Locale, values: Record<string, string>): ComposedMail {
  const { layout, [locale]: wording } = mailTexts[template];
  const text = (part: string) => fill(part, values, true);
  const [subject, heading, opening, footer] = [wording.subject, wording.heading, wording.opening, footers[locale]].map(
    text,
  ) as [string, string, string, string];
  const lines = wording.lines.map(text);
  return {
    // A line end in a header begins another one.
    subject: subject.replaceAll(/\p{Cc}+/gu, ' '),
    text: `${[opening, ...lines, `--\n${footer}`].join('\n\n')}\n`,
    html: fill(layouts[layout], {
      locale,
      heading,
      opening,
      lines,
      footer,
      code: values['code'],
      brand: values['brand'],
    }),
  };
}

/** Templates are constants, compiled at their first use. `strict`: a value that is missing is a fault, not a gap. */
function fill(template: string, values: object, plain = false): string {
  const key = `${plain}${template}`;
  let compiled = filled.get(key);
  if (!compiled) filled.set(key, (compiled = Handlebars.compile<object>(template, { strict: true, noEscape: plain })));
  try {
    return compiled(values);
  } catch {
    throw new UncomposableMessage('notification.missing-value');
  }
}
