import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** What failures are counted on: `identifier:<scheme>:<value>`, `address:<ip>` or `device:<id>`. */
export type Lane = `${'identifier' | 'address' | 'device'}:${string}`;

const MAX_BYTES = 128;
const V4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The lane of whom somebody signs in as, whether or not that identifier exists. */
export function identifierLane(scheme: string, value: string): Lane {
  return bounded('identifier', `${scheme}:${value}`);
}

/** The lane of a device that its owner signed in from before: nobody else can fill it up. */
export function deviceLane(id: string): Lane {
  return bounded('device', id);
}

/**
 * The lane of a client address. Of IPv6 the first 64 bits count: a single customer gets that many addresses, and could
 * else guess from a fresh one each time. An IPv4 address counts the same when it comes mapped into IPv6.
 */
export function addressLane(ip: string): Lane {
  const [address = ''] = ip.split('%');
  if (!isIPv6(address)) return bounded('address', ip);
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = V4_MAPPED.exec(canonical) ?? [];
  if (high !== undefined && low !== undefined) return `address:${[high, low].flatMap(octets).join('.')}`;
  return `address:${expand(canonical).slice(0, 4).join(':')}::/64`;
}

/** Lanes that a success wipes clean. An address is shared: one good account there must not pay for guesses at others. */
export function isOwnedLane(lane: Lane): boolean {
  return !lane.startsWith('address:');
}

/** An over-long value becomes its digest: the caller chooses the value, and must not choose how much we store. */
function bounded(kind: 'identifier' | 'address' | 'device', value: string): Lane {
  if (Buffer.byteLength(value) <= MAX_BYTES) return `${kind}:${value}`;
  return `${kind}:#${createHash('sha256').update(value).digest('hex')}`;
}

function octets(group: string): number[] {
  const bits = Number.parseInt(group, 16);
  return [bits >> 8, bits & 0xff];
}

function expand(canonical: string): string[] {
  const [head = '', tail] = canonical.split('::');
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  if (tail === undefined) return left ?? [];
  return [
    ...(left ?? []),
    ...Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0'),
    ...(right ?? []),
  ];
}
