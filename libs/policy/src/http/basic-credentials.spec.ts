import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicCredentials } from './basic-credentials.js';

const encode = (text: string | Buffer) => Buffer.from(text as string).toString('base64');
const read = (...headers: string[]) => basicCredentials(headers);

describe('Basic credentials', () => {
  it.each([
    [`Basic ${encode('orders:secret')}`, 'orders', 'secret'],
    [`basic   ${encode('orders:secret')}`, 'orders', 'secret'],
    [`BASIC ${encode('orders:a:b:')}`, 'orders', 'a:b:'],
    [`Basic ${encode('orders:')}`, 'orders', ''],
    [`Basic ${encode('đơn-hàng:bí mật 😀')}`, 'đơn-hàng', 'bí mật 😀'],
  ])('are read from %s', (header, name, secret) => {
    expect(read(header)).toEqual({ name, secret });
  });

  it.each([
    ['nothing', ''],
    ['another scheme', `Bearer ${encode('orders:secret')}`],
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['no space', `Basic${encode('orders:secret')}`],
    ['no base64', 'Basic orders:secret'],
    ['base64url', `Basic ${encode('orders:???>>>').replace('/', '_')}`],
    ['base64 without its padding', `Basic ${encode('orders:secret').replaceAll('=', '')}`],
    ['base64 with bits that say nothing', 'Basic YTpiYh=='],
    ['something after it', `Basic ${encode('orders:secret')} x`],
    ['a list', `Basic ${encode('orders:secret')}, Basic ${encode('orders:other')}`],
    ['parameters', `Basic realm="internal"`],
    ['no colon', `Basic ${encode('orders')}`],
    ['no name', `Basic ${encode(':secret')}`],
    ['NUL', `Basic ${encode('orders:se\0cret')}`],
    ['a line break', `Basic ${encode('orders\n:secret')}`],
    ['Latin-1', `Basic ${encode(Buffer.from('orders:sécret', 'latin1'))}`],
  ])('are not read from %s', (_what, header) => {
    expect(read(header)).toBeUndefined();
  });

  it('are not read when there are two headers, were they the same', () => {
    const header = `Basic ${encode('orders:secret')}`;
    expect(read(header, header)).toBeUndefined();
    expect(read(header, '')).toBeUndefined();
    expect(read()).toBeUndefined();
  });

  it('come out as they were put in, and nothing that is sent is a fault', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((each) => !/\p{Cc}/u.test(each));
    const name = text.filter((each) => each !== '' && !each.includes(':'));
    fc.assert(
      fc.property(name, text, (user, secret) => {
        expect(read(`Basic ${encode(`${user}:${secret}`)}`)).toEqual({ name: user, secret });
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => void read(`Basic ${any}`)));
  });
});
