import { isUtf8 } from 'node:buffer';
import { TokenInvalidError } from '../errors.js';
import { isObject, isText, type Members } from '../transport/values.js';

/** Longer ones are refused before anything is decoded; the service never issues one. */
const MAX_TOKEN_LENGTH = 8192;
/** RFC 9068 §2.1: keeps another kind of JWT from passing as an access token (RFC 8725 §3.11). */
const TYPE = 'at+jwt';
/** Whatever brings its own key, or says that the rest means something else (RFC 8725 §3.10, RFC 7515 §4.1.11). */
const REFUSED_HEADERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'];

/** A token taken apart; nothing of it is trusted yet. */
export interface CompactJws {
  kid: string;
  alg: string;
  /** What is signed. */
  signed: Buffer;
  signature: Buffer;
  /** The payload's text is only read once the signature is good. */
  payload: Buffer;
}

/** @throws TokenInvalidError `too-large`, `malformed`, `type` */
export function decodeCompact(token: string): CompactJws {
  if (typeof token !== 'string') throw malformed('not a text');
  if (token.length > MAX_TOKEN_LENGTH) throw new TokenInvalidError('too-large', 'The token is too long.');
  const first = token.indexOf('.');
  const last = token.lastIndexOf('.');
  if (first < 0 || token.indexOf('.', first + 1) !== last) throw malformed('not three parts');
  const header = readOnce(decodePart(token.slice(0, first)));
  const payload = decodePart(token.slice(first + 1, last));
  const signature = decodePart(token.slice(last + 1));
  if (REFUSED_HEADERS.some((name) => header[name] !== undefined)) throw malformed('a header that is not taken');
  if (header['typ'] !== TYPE) throw new TokenInvalidError('type', 'This is no access token.');
  const { kid, alg } = header;
  if (typeof alg !== 'string') throw new TokenInvalidError('algorithm', 'The token names no algorithm.');
  if (!isText(kid)) throw new TokenInvalidError('unknown-key', 'The token names no key.');
  return { kid, alg, payload, signature, signed: Buffer.from(token.slice(0, last), 'latin1') };
}

/**
 * A JSON object without duplicate members (RFC 7519 §4), which parsers read differently. Every token of the service is
 * what JSON.stringify writes, so anything that does not come out the same was not written by it.
 * @throws TokenInvalidError `malformed`
 */
export function readOnce(bytes: Buffer): Members {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('not JSON'); // JSON.parse's own message would quote it
  }
  if (!isObject(value) || JSON.stringify(value) !== text || !isUtf8(bytes))
    throw malformed('not the JSON that is issued');
  return value;
}

/** Only canonical base64url: one token must not be written in many ways (RFC 7515 §2; spare bits, padding, white space). */
function decodePart(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (part === '' || bytes.toString('base64url') !== part) throw malformed('not base64url');
  return bytes;
}

function malformed(why: string): TokenInvalidError {
  return new TokenInvalidError('malformed', `The token is malformed: ${why}.`);
}
