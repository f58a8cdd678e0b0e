import type { FastifyRequest } from 'fastify';

/**
 * Every value of a header as it came over the wire. Of several `Host` or `Authorization` headers Node shows the first
 * alone, while a proxy before us may have looked at the last.
 * @param name in lower case
 */
export function headerValues(request: FastifyRequest, name: string): string[] {
  const { rawHeaders } = request.raw;
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at] ?? '';
    if (each.length === name.length && each.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}
