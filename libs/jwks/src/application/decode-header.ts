import { z } from 'zod';

/** `jku`, `x5u`, `x5c` and `jwk` are not read at all: a token must not bring its own key (RFC 8725 §3.10). */
const headerSchema = z.object({
  alg: z.string(),
  kid: z.string(),
  /** RFC 9068 §4: with or without the `application/` prefix; media types compare without case. */
  typ: z.string().regex(/^(?:application\/)?at\+jwt$/i),
  /** We know no extension, so one that must be understood is refused (RFC 7515 §4.1.11). */
  crit: z.undefined().optional(),
});

/** The JOSE header as far as we read it. */
export type TokenHeader = z.infer<typeof headerSchema>;

/**
 * Splits a compact JWS and reads its header; nothing of it is trusted yet.
 * @throws Error with the reason, without any of the token's text
 */
export function decodeHeader(token: string): TokenHeader {
  const parts = token.split('.');
  const [header, payload] = parts.map(decodePart);
  if (parts.length !== 3 || header === undefined || payload === undefined) throw new Error('not three parts');
  const parsed = headerSchema.safeParse(parseOnce(header));
  if (!parsed.success)
    throw new Error(`header: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
  parseOnce(payload);
  return parsed.data;
}

/**
 * Only canonical base64url: otherwise the bits that pad the last character, white space and the alphabet of plain
 * base64 would let one token be written in many ways, and a deny-list or a cache by token text could be walked around.
 */
function decodePart(part: string): string {
  const bytes = Buffer.from(part, 'base64url');
  if (part === '' || bytes.toString('base64url') !== part) throw new Error('not base64url');
  return bytes.toString('utf8');
}

/**
 * Refuses duplicate members (RFC 7519 §4), which parsers read differently. Every token of ours is what JSON.stringify
 * writes, so anything that does not come out the same was not written by us.
 */
function parseOnce(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (JSON.stringify(value) !== text) throw new Error('not the JSON that we write, or duplicate members');
  return value;
}
