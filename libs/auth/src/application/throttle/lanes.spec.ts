import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressLane, deviceLane, identifierLane, isOwnedLane } from './lanes.js';

describe('a lane', () => {
  it('names what it counts', () => {
    expect(identifierLane('email', 'ana@example.com')).toBe('identifier:email:ana@example.com');
    expect(deviceLane('7f3a')).toBe('device:7f3a');
    expect(addressLane('203.0.113.7')).toBe('address:203.0.113.7');
  });

  it('is bounded, and still its own, however long or odd the value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({ unit: 'binary', maxLength: 400 }),
        (one, other) => {
          const lane = identifierLane('username', one);
          expect(Buffer.byteLength(lane)).toBeLessThanOrEqual(139);
          expect(identifierLane('username', one)).toBe(lane);
          expect(identifierLane('username', other) === lane).toBe(one === other);
        },
      ),
    );
    const long = 'x'.repeat(60_000);
    expect(deviceLane(`${long}1`)).not.toBe(deviceLane(`${long}2`));
    expect(deviceLane(`${long}1`)).toMatch(/^device:#[0-9a-f]{64}$/);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['not an address', 'not an address'],
  ])('of %s is address:%s', (ip, expected) => {
    expect(addressLane(ip)).toBe(`address:${expected}`);
  });

  it('is wiped by a success unless it is an address, which is shared', () => {
    expect([identifierLane('email', 'a@b.c'), deviceLane('1'), addressLane('::1')].map(isOwnedLane)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
