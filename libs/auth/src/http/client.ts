import type { FastifyRequest } from 'fastify';
import type { Settings } from '@platform/config';
import { DomainError } from '@platform/kernel';

const MAX_USER_AGENT = 256;

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
  throw new DomainError({
    code: 'request.invalid',
    kind: 'invalid',
    message: 'Some fields are not acceptable.',
    errors: [{ path: 'audience', code: 'unknown-audience', message: 'No tokens are issued for this audience.' }],
  });
}
