import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/keys.js';
import { formatManifest, parseManifest } from './key-manifest.js';

const entry = { file: 'a.pem', activatesAt: '2026-11-24T10:00:00Z' };
const parse = (value: unknown) => parseManifest('/keys/manifest.json', JSON.stringify(value));

describe('a manifest', () => {
  it('survives being written and read', () => {
    const revoked = { ...entry, file: 'c.pem', kid: 'k'.repeat(43), revokedAt: '2026-11-25T10:00:00Z' };
    const manifest = {
      version: 1 as const,
      keys: [entry, { ...entry, file: 'b.pem', alg: 'PS256' as const }, revoked],
    };
    expect(parseManifest('m', formatManifest(manifest))).toEqual(manifest);
  });

  it('takes any RFC 3339 offset', () => {
    expect(parse({ version: 1, keys: [{ ...entry, activatesAt: '2026-11-24T17:00:00.5+07:00' }] }).keys).toHaveLength(
      1,
    );
  });

  it.each([
    ['another version', { version: 2, keys: [entry] }, /version/],
    ['no version', { keys: [entry] }, /version/],
    ['an unknown key', { version: 1, keys: [entry], extra: 1 }, /extra/],
    ['an unknown key in an entry', { version: 1, keys: [{ ...entry, use: 'sig' }] }, /keys\.0.*use/],
    ['a kid that is no thumbprint', { version: 1, keys: [{ ...entry, kid: 'x' }] }, /keys\.0\.kid.*RFC 7638/],
    ['a revocation without a time', { version: 1, keys: [{ ...entry, revokedAt: true }] }, /keys\.0\.revokedAt/],
    ['a time without an offset', { version: 1, keys: [{ ...entry, activatesAt: '2026-11-24T10:00:00' }] }, /RFC 3339/],
    ['a date alone', { version: 1, keys: [{ ...entry, activatesAt: '2026-11-24' }] }, /RFC 3339/],
    ['an impossible day', { version: 1, keys: [{ ...entry, activatesAt: '2026-02-30T10:00:00Z' }] }, /RFC 3339/],
    ['an unknown algorithm', { version: 1, keys: [{ ...entry, alg: 'HS256' }] }, /keys\.0\.alg/],
    ['keys that are no list', { version: 1, keys: {} }, /keys/],
    ['no object', [], /the whole/],
  ])('with %s is refused', (_name, value, message) => {
    const refused = refusal(() => parse(value));
    expect(refused).toMatchObject({ code: 'keys.malformed-manifest', message: expect.stringMatching(message) });
    expect(refused.message).toMatch(/^\/keys\/manifest\.json: /);
  });

  it.each(['../a.pem', '/etc/a.pem', 'sub/a.pem', 'sub\\a.pem', '..pem', '.a.pem', 'a.key', 'a\0.pem', ''])(
    'that points at %j is refused',
    (file) => {
      const refused = refusal(() => parse({ version: 1, keys: [{ ...entry, file }] }));
      expect(refused).toMatchObject({
        code: 'keys.malformed-manifest',
        message: expect.stringContaining('keys.0.file'),
      });
    },
  );

  it('that is no JSON is refused without being quoted', () => {
    const refused = refusal(() => parseManifest('/keys/manifest.json', 'MIGHAgEAMBMG'));
    expect(refused).toMatchObject({ code: 'keys.malformed-manifest', message: '/keys/manifest.json: is not JSON' });
    expect(refused).not.toHaveProperty('cause.message');
  });
});
