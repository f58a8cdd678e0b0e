import type { FastifyRequest } from 'fastify';

/**
 * Every value of a header as it came over the wire. Of several `Host` or `Authorization` headers Node shows the first
 * alone, while a proxy before us may have looked at the last.
 * @param name in lower case
 */
export function headerValues(request: FastifyRequest, name: string): string[] {
  const { rawHeaders } = request.raw;
  return rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}
