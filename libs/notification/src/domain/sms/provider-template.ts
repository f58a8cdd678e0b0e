import { createHash } from 'node:crypto';
import { stripDiacritics } from './sms-text.js';

/** What a field of a provider may be filled with. */
export interface TemplateValues {
  /** E.164. */
  to: string;
  text: string;
  id: string;
  time: Date;
  /** The provider's credential in clear. */
  credential: string;
  /** The access token, where authentication is by OAuth 2. */
  token: string;
}

const NAMES = ['to', 'text', 'id', 'time', 'credential', 'token'] as const satisfies (keyof TemplateValues)[];
const VIETNAM = '+84';

/** From text to text, or from a time. A Map, so that no word reaches what every object inherits. */
const TRANSFORMS = new Map<string, (value: string | Date) => string | number>([
  ['e164', String],
  ['international', (value) => String(value).replace(/^\+/, '')],
  ['national', (value) => national(String(value))],
  ['base64', (value) => Buffer.from(String(value)).toString('base64')],
  ['epoch-s', (value) => Math.floor(epochMs(value) / 1000)],
  ['epoch-ms', epochMs],
  ['strip-diacritics', (value) => stripDiacritics(String(value))],
  ['string', String],
]);

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const ONLY_PLACEHOLDER = /^\{\{([^{}]*)\}\}$/;

/**
 * Fills a template: `{{to|national}}`, `{{text|strip-diacritics|base64}}`, `code-{{id}}`. A template that is nothing
 * but an epoch is a number, as JSON has them; `|string` makes a text of it.
 * @throws Error on what `templateFaults` tells
 */
export function fillTemplate(template: string, values: TemplateValues): string | number {
  const [, only] = ONLY_PLACEHOLDER.exec(template) ?? [];
  if (only !== undefined) return evaluate(only, values);
  return template.replaceAll(PLACEHOLDER, (_all, inner: string) => String(evaluate(inner, values)));
}

/** What is wrong with a template, each in a few words; nothing when it can be filled. */
export function templateFaults(template: string): string[] {
  const faults = [...template.matchAll(PLACEHOLDER)].flatMap(([, inner = '']) => {
    const [name = '', ...transforms] = parts(inner);
    return [
      ...(isName(name) ? [] : [`there is no {{${name}}}`]),
      ...transforms.filter((each) => !TRANSFORMS.has(each)).map((each) => `there is no transform ${each}`),
      ...(transforms.some((each) => each.startsWith('epoch-')) && name !== 'time' ? ['an epoch is of {{time}}'] : []),
    ];
  });
  return /\{\{|\}\}/.test(template.replaceAll(PLACEHOLDER, '')) ? [...faults, 'its braces do not match'] : faults;
}

/** Whether a template uses a value. */
export function templateUses(template: string, name: keyof TemplateValues): boolean {
  return [...template.matchAll(PLACEHOLDER)].some(([, inner = '']) => parts(inner)[0] === name);
}

/** An id as long as a provider takes: a longer one by its digest, since cutting could make two of them one. */
export function fitId(id: string, maxLength: number): string {
  return id.length <= maxLength ? id : createHash('sha256').update(id).digest('hex').slice(0, maxLength);
}

function evaluate(inner: string, values: TemplateValues): string | number {
  const [name = '', ...transforms] = parts(inner);
  if (!isName(name)) throw new Error(`there is no {{${name}}}`);
  let value: string | number | Date = values[name];
  for (const each of transforms) {
    const transform = TRANSFORMS.get(each);
    if (!transform) throw new Error(`there is no transform ${each}`);
    value = transform(typeof value === 'number' ? String(value) : value);
  }
  return value instanceof Date ? value.toISOString() : value;
}

function parts(inner: string): string[] {
  return inner.split('|').map((each) => each.trim());
}

function isName(name: string): name is keyof TemplateValues {
  return NAMES.some((each) => each === name);
}

/** `0…` for Vietnam. Of other countries the prefix is not known here, and `0…` would be another person's number. */
function national(e164: string): string {
  return e164.startsWith(VIETNAM) ? `0${e164.slice(VIETNAM.length)}` : e164.replace(/^\+/, '');
}

function epochMs(value: string | Date): number {
  if (!(value instanceof Date)) throw new TypeError('an epoch is of {{time}}');
  return value.getTime();
}
