import { isUtf8 } from 'node:buffer';

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * Name and secret of an `Authorization: Basic` header (RFC 7617) in UTF-8. The name ends at the first colon.
 * @param headers every one that came: of two, a proxy may have looked at the other one
 * @returns nothing when there is not exactly one, or when it is malformed
 */
export function basicCredentials(headers: readonly string[]): { name: string; secret: string } | undefined {
  const [header = '', second] = headers;
  const [, encoded] = (second === undefined && BASIC.exec(header)) || [];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  // Node decodes leniently; of what has two spellings a log or a filter before us may know the other one.
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 || /\p{Cc}/u.test(text) ? undefined : { name: text.slice(0, colon), secret: text.slice(colon + 1) };
}
