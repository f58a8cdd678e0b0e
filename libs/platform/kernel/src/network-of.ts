const V6_LETTERS = /^[\da-f:.]+$/i;
const V4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * What failures from a client address are counted on. Of IPv6 the first 64 bits: a single customer gets that many
 * addresses, and could else come from a fresh one each time. An IPv4 address is the same when it comes mapped into IPv6.
 * @returns `203.0.113.7`, `2001:db8:0:1::/64`; what is no IPv6 address, as it is
 */
export function networkOf(ip: string): string {
  const [address = ''] = ip.split('%');
  const host = `http://[${address}]`;
  if (!V6_LETTERS.test(address) || !URL.canParse(host)) return ip;
  const canonical = new URL(host).hostname.slice(1, -1);
  const [, high, low] = V4_MAPPED.exec(canonical) ?? [];
  if (high !== undefined && low !== undefined) return [high, low].flatMap(octets).join('.');
  return `${expand(canonical).slice(0, 4).join(':')}::/64`;
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
