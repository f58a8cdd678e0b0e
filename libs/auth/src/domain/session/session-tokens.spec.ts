import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionTokens } from './session-tokens.js';
import { TokenSeal } from './token-seal.js';

const AT = new Date('2026-11-24T08:15:30.123Z');

const SECRET = randomBytes(32);
const tokens = new SessionTokens(SECRET);
const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String);
const counter = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const deviceId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const EXTREMES = ['1', '9007199254740993', '9223372036854775807', '18446744073709551615'];

describe('a refresh token', () => {
  it('tells the session and the counter it was made for', () => {
    fc.assert(
      fc.property(id, counter, (sessionId, count) => {
        expect(tokens.openRefresh(tokens.sealRefresh(sessionId, count))).toEqual({ sessionId, counter: count });
      }),
    );
  });

  it.each(EXTREMES)('tells session %s to the last digit, at the first and the last counter', (sessionId) => {
    for (const count of [0, 1, 2 ** 31, 2 ** 32 - 1])
      expect(tokens.openRefresh(tokens.sealRefresh(sessionId, count))).toEqual({ sessionId, counter: count });
  });

  it('is the same however often it is made: a race gets one successor', () => {
    expect(tokens.sealRefresh('7', 3)).toBe(new SessionTokens(SECRET).sealRefresh('7', 3));
  });

  it('is another for another session or counter [ASVS 7.2.2]', () => {
    const made = ['1', '2', '256'].flatMap((sessionId) => [0, 1, 256].map((n) => tokens.sealRefresh(sessionId, n)));
    expect(new Set(made).size).toBe(made.length);
  });

  it.each([-1, 2 ** 32])('is not made for counter %d, which it could not hold', (count) => {
    expect(() => tokens.sealRefresh('1', count)).toThrow(RangeError);
  });

  it.each(['-1', '18446744073709551616', 'abc', '1.5'])('is not made for session %s', (sessionId) => {
    expect(() => tokens.sealRefresh(sessionId, 0)).toThrow(/range|convert/i);
  });

  it('is not a device token, nor the other way round, whatever its prefix says', () => {
    fc.assert(
      fc.property(id, counter, deviceId, (anyId, count, device) => {
        const refresh = tokens.sealRefresh(anyId, count);
        const known = tokens.sealDevice(anyId, device, AT);
        for (const text of [refresh, refresh.replace('nxr_', 'nxd_'), `nxd_${refresh.slice(4)}AAAAAAAAAAAAAAAA`])
          expect(tokens.openDevice(text)).toBeUndefined();
        for (const text of [known, known.replace('nxd_', 'nxr_'), `nxr_${known.slice(4, 64)}`])
          expect(tokens.openRefresh(text)).toBeUndefined();
      }),
    );
  });

  it('of another key is refused', () => {
    const other = new SessionTokens(randomBytes(32));
    expect(tokens.openRefresh(other.sealRefresh('1', 0))).toBeUndefined();
    expect(tokens.openDevice(other.sealDevice('1', other.newDeviceId(), AT))).toBeUndefined();
  });

  it('of a layout that we do not know is refused, though well sealed', () => {
    const seal = new TokenSeal(SECRET, 'nxr_', 13);
    for (const version of [0, 2, 255]) {
      const payload = Buffer.alloc(13);
      payload.writeUInt8(version);
      expect(tokens.openRefresh(seal.seal(payload))).toBeUndefined();
    }
    expect(tokens.openRefresh(seal.seal(Buffer.concat([Buffer.from([1]), Buffer.alloc(12)])))).toEqual({
      sessionId: '0',
      counter: 0,
    });
  });

  it('or a device token is never found in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        for (const candidate of [text, `nxr_${text}`, `nxd_${text}`]) {
          expect(tokens.openRefresh(candidate)).toBeUndefined();
          expect(tokens.openDevice(candidate)).toBeUndefined();
        }
      }),
    );
  });
});

describe('a device token', () => {
  it('tells the user and the device it was made for', () => {
    fc.assert(
      fc.property(id, deviceId, (userId, device) => {
        expect(tokens.openDevice(tokens.sealDevice(userId, device, AT))).toEqual({
          userId,
          deviceId: device,
          issuedAt: AT,
        });
      }),
    );
  });

  it.each(EXTREMES)('tells user %s to the last digit', (userId) => {
    const device = tokens.newDeviceId();
    expect(tokens.openDevice(tokens.sealDevice(userId, device, AT))).toEqual({
      userId,
      deviceId: device,
      issuedAt: AT,
    });
  });

  it('is refused whichever bit is flipped', () => {
    const bytes = Buffer.from(tokens.sealDevice('42', tokens.newDeviceId(), AT), 'latin1');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        expect(tokens.openDevice(flipped.toString('latin1'))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('of a device id of another length is not readable: it is never one of ours', () => {
    for (const bytes of [0, 15, 17])
      expect(tokens.openDevice(tokens.sealDevice('1', Buffer.alloc(bytes).toString('base64url'), AT))).toBeUndefined();
  });

  it('names devices by 128 random bits', () => {
    const ids = new Set(Array.from({ length: 1000 }, () => tokens.newDeviceId()));
    expect(ids.size).toBe(1000);
    for (const device of ids) expect(Buffer.from(device, 'base64url')).toHaveLength(16);
  });
});
