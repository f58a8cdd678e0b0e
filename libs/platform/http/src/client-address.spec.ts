import type { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clientAddress } from './client-address.js';

const PEER = '192.0.2.1';
const addressOf = (ip: string, remoteAddress: string | undefined = PEER) =>
  clientAddress({ ip, socket: { remoteAddress } as Socket });

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:443', '203.0.113.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8::A', '2001:db8::a'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:203.0.113.7', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
])('%s is the address %s', (ip, expected) => {
  expect(addressOf(ip)).toBe(expected);
});

it.each([
  '',
  'unknown',
  'localhost',
  '_hidden',
  '203.0.113',
  '203.0.113.256',
  '203.0.113.7:',
  '203.0.113.7:443:1',
  '203.0.113.7 ',
  '[203.0.113.7',
  '[]:1',
  '::ffff:999.0.0.1',
  "1.2.3.4'--",
  'x'.repeat(65),
  '1'.repeat(100_000),
])('%j is no address: that of the peer counts', (ip) => {
  expect(addressOf(ip)).toBe(PEER);
  expect(addressOf(ip, '::ffff:192.0.2.9')).toBe('192.0.2.9');
});

it('fits the column that takes it, whatever was forwarded', () => {
  const zoned = fc.string({ maxLength: 100 }).map((zone) => `fe80::1%${zone}`);
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 100 }), fc.ipV4(), fc.ipV6(), zoned), (ip) => {
      expect(addressOf(ip)).toMatch(/^[\da-f.:]{2,45}$/);
    }),
  );
});

it('is unknown once the peer has gone', () => {
  const gone = { ip: undefined as unknown as string, socket: {} as Socket };
  expect(clientAddress(gone)).toBeUndefined();
});
