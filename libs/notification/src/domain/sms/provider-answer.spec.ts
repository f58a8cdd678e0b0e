import { describe, expect, it } from 'vitest';
import { judgeAnswer, scalarAt } from './provider-answer.js';

const rules = {
  success: { path: 'status', equals: '00' },
  codePath: 'status',
  codeMap: {
    '00': 'accepted',
    '01': 'permanent',
    '04': 'authentication',
    '05': 'transient',
    '08': 'unknown',
    '77': 'quota',
  },
  messageIdPath: 'messageId',
} as const;
const judge = (status: number, body: unknown) =>
  judgeAnswer({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }, rules);

describe('an answer', () => {
  it('is accepted by its code, not by its status', () => {
    expect(judge(200, { status: '00', messageId: 'p-1' })).toEqual({ kind: 'accepted', providerMessageId: 'p-1' });
    expect(judge(200, { status: '00' })).toEqual({ kind: 'accepted' });
    for (const status of [302, 400, 401, 500])
      expect(judge(status, { status: '00' })).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    [200, { status: '01' }, 'permanent', 'code 01'],
    [400, { status: '01' }, 'permanent', 'code 01'],
    [200, { status: '04' }, 'transient', 'authentication, code 04'],
    [200, { status: '05' }, 'transient', 'code 05'],
    [200, { status: '77' }, 'transient', 'quota, code 77'],
    [200, { status: '08' }, 'unknown', 'code 08'],
    [200, { status: '99' }, 'unknown', 'code 99'],
    [200, { status: 'toString' }, 'unknown', 'code toString'],
    [200, { status: '+84901234567 is wrong' }, 'unknown', 'code not showable'],
    [200, {}, 'unknown', 'code absent'],
    [200, 'null', 'unknown', 'code absent'],
    [200, '', 'unknown', 'no JSON'],
    [200, '<html>', 'unknown', 'no JSON'],
    [201, '[]', 'unknown', 'code absent'],
    [301, '', 'unknown', 'http 301'],
    [400, '', 'transient', 'http 400'],
    [401, '', 'transient', 'authentication, http 401'],
    [404, '', 'transient', 'http 404'],
    [408, '', 'unknown', 'http 408'],
    [429, '', 'transient', 'http 429'],
    [500, { status: '05' }, 'unknown', 'http 500'],
    [503, '', 'unknown', 'http 503'],
  ])('%i %j is %s: %s', (status, body, kind, reason) => {
    expect(judge(status, body)).toMatchObject({ kind, reason });
  });

  it('may be a success by what is in it', () => {
    const present = { success: { path: 'MessageId' }, codePath: 'error', codeMap: {} };
    expect(judgeAnswer({ status: 200, body: '{"MessageId":7}' }, present)).toEqual({ kind: 'accepted' });
    expect(judgeAnswer({ status: 200, body: '{"error":1011}' }, present)).toMatchObject({ reason: 'code 1011' });
  });
});

it('a path meets own values alone', () => {
  const json = JSON.parse('{"a":{"b":[{"c":100}]},"__proto__":{"x":1}}') as unknown;
  expect(scalarAt(json, 'a.b.0.c')).toBe('100');
  for (const path of ['a.b', 'a.b.1.c', 'a.constructor.name', 'a.b.length.x', 'toString', '', 'x']) {
    expect(scalarAt(json, path)).toBeUndefined();
  }
});
