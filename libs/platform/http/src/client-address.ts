import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

const BRACKETED = /^\[([\da-f:.]{2,45})\](?::\d{1,5})?$/i;
const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
/** How a socket that takes both families shows an IPv4 peer (RFC 4291 §2.5.5.2). */
const MAPPED_IPV4 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/**
 * Where a request comes from. Behind a trusted hop `request.ip` is whatever text stands in X-Forwarded-For: some proxies
 * add a port, which would make each connection an address of its own and so escape the lock of an address, and a proxy
 * that passes a client's text on would bring in what no column takes.
 * @returns an IP address without port, brackets or zone; that of the peer when what was forwarded is none
 */
export function clientAddress(request: Pick<FastifyRequest, 'ip' | 'socket'>): string | undefined {
  return toAddress(request.ip) ?? toAddress(request.socket.remoteAddress);
}

/** What texts came to, since each request asks; never what is too long for any address, which a caller may write. */
const known = new Map<string, string | undefined>();
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;

/** Both sources are nothing once the peer has hung up. */
function toAddress(text = ''): string | undefined {
  if (known.has(text)) return known.get(text);
  if (text.length > LONGEST_KNOWN) return parse(text);
  if (known.size >= MOST_KNOWN) known.clear();
  const address = parse(text);
  known.set(text, address);
  return address;
}

function parse(text: string): string | undefined {
  const bare = (BRACKETED.exec(text) ?? IPV4_WITH_PORT.exec(text))?.[1] ?? text;
  // node:net accepts a zone, which names an interface of another machine and may be of any length.
  const [address = ''] = bare.split('%', 1);
  const plain = MAPPED_IPV4.exec(address)?.[1] ?? address;
  return isIP(plain) === 0 ? undefined : plain.toLowerCase();
}
