import type { FastifyRequest } from 'fastify';
import type { Settings } from '@platform/config';
import { invalidRequest } from '@platform/kernel';
import type { Locale } from '@identity/notification';

const MAX_USER_AGENT = 256;
const MAX_LANGUAGES = 256;

/** What the client calls itself, cut to what is worth keeping; a header cannot hold control characters. */
export function deviceOf(request: FastifyRequest): string | undefined {
  return request.headers['user-agent']?.slice(0, MAX_USER_AGENT);
}

/**
 * Whom a token may be for.
 * @throws DomainError `request.invalid` for an audience that the settings do not name
 */
export function audienceOf(requested: string | undefined, { audience, otherAudiences }: Settings['jwt']): string {
  if (requested === undefined || requested === audience || otherAudiences.includes(requested))
    return requested ?? audience;
  throw invalidRequest([
    { path: 'audience', code: 'unknown-audience', message: 'No tokens are issued for this audience.' },
  ]);
}

/** The language of messages: English for who prefers it to Vietnamese (RFC 9110, Accept-Language), else Vietnamese. */
export function localeOf(request: Pick<FastifyRequest, 'headers'>): Locale {
  const ranges = (request.headers['accept-language'] ?? '').slice(0, MAX_LANGUAGES).split(',');
  const weighed = ranges.map((range) => {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
    const weight = parameters.map((each) => /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(each)?.[1]).find(Boolean) ?? '1';
    return { language: tag.split('-', 1)[0], weight: Number(weight) };
  });
  const weightOf = (locale: Locale) =>
    Math.max(0, ...weighed.filter(({ language }) => language === locale).map(({ weight }) => weight));
  return weightOf('en') > weightOf('vi') ? 'en' : 'vi';
}
