import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, fitId, templateFaults, templateUses } from './provider-template.js';

const values = {
  to: '+84901234567',
  text: 'Mã 1',
  id: 'm-1',
  time: new Date('2026-11-25T07:00:00.500Z'),
  credential: 's3cret',
  token: 't0ken',
};

describe('a template', () => {
  it.each([
    ['{{to}}', '+84901234567'],
    ['{{to|e164}}', '+84901234567'],
    ['{{to|international}}', '84901234567'],
    ['{{ to | national }}', '0901234567'],
    ['{{text|base64}}', 'TcOjIDE='],
    ['{{text|strip-diacritics|base64}}', 'TWEgMQ=='],
    ['{{time|epoch-s}}', 1_795_590_000],
    ['{{time|epoch-ms}}', 1_795_590_000_500],
    ['{{time|epoch-s|string}}', '1795590000'],
    ['at {{time|epoch-s}}', 'at 1795590000'],
    ['{{time}}', '2026-11-25T07:00:00.500Z'],
    ['{{credential}}:{{id}}', 's3cret:m-1'],
    ['Bearer {{token}}', 'Bearer t0ken'],
    ['no placeholder', 'no placeholder'],
    ['', ''],
  ])('%s becomes %j', (template, filled) => {
    expect(templateFaults(template)).toEqual([]);
    expect(fillTemplate(template, values)).toBe(filled);
  });

  it.each([
    ['{{phone}}', 'there is no {{phone}}'],
    ['{{constructor}}', 'there is no {{constructor}}'],
    ['{{__proto__}}', 'there is no {{__proto__}}'],
    ['{{to|constructor}}', 'there is no transform constructor'],
    ['{{text|epoch-s}}', 'an epoch is of {{time}}'],
    ['{{to', 'its braces do not match'],
    ['{{{to}}}', undefined],
  ])('%s is refused', (template, fault) => {
    const faults = templateFaults(template);
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toContain(fault);
  });

  it('is filled once: what it is filled with is no template', () => {
    expect(fillTemplate('{{text}}!', { ...values, text: '{{credential}} $& $1' })).toBe('{{credential}} $& $1!');
  });

  it('tells what it uses', () => {
    expect(templateUses('x {{ credential | base64 }}', 'credential')).toBe(true);
    expect(templateUses('credential {{text}}', 'credential')).toBe(false);
  });
});

it('makes nobody else’s number of a foreign one', () => {
  expect(fillTemplate('{{to|national}}', { ...values, to: '+4915112345678' })).toBe('4915112345678');
});

describe('an id', () => {
  it('stays as it is when it fits, and is different and stable when not', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 33 }), fc.string({ minLength: 33 }), (one, other) => {
        fc.pre(one !== other);
        expect(fitId(one, 32)).toHaveLength(32);
        expect(fitId(one, 32)).toBe(fitId(one, 32));
        expect(fitId(one, 32)).not.toBe(fitId(other, 32));
      }),
    );
    expect(fitId('m-1', 32)).toBe('m-1');
  });
});
