import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CodeMacs } from './code-macs.js';

const [pepper, other] = [randomBytes(32), randomBytes(32)];
const subject = { namespace: 'phone-auth', identifier: '+84901234567' };
const answer = { challengeId: 'abc', code: '012345' };

describe('the MACs of a code', () => {
  const macs = new CodeMacs({ current: pepper });
  const made = macs.make(subject, answer);

  it('are SHA-256 wide, tell nothing of the code, and are the same each time', () => {
    expect(made.code).toMatch(/^[0-9a-f]{64}$/);
    expect(made.challenge).toMatch(/^[0-9a-f]{64}$/);
    expect(new CodeMacs({ current: Buffer.from(pepper) }).make(subject, answer)).toEqual(made);
  });

  it.each([
    ['another pepper', new CodeMacs({ current: other }).make(subject, answer)],
    ['another namespace', macs.make({ ...subject, namespace: 'forgot-password' }, answer)],
    ['another identifier', macs.make({ ...subject, identifier: '+84901234568' }, answer)],
    ['another challenge', macs.make(subject, { ...answer, challengeId: 'abd' })],
  ])('differ for %s', (_what, theirs) => {
    expect(theirs.code).not.toBe(made.code);
    expect(theirs.challenge).not.toBe(made.challenge);
  });

  it('differ for another code, the challenge of which stays the same', () => {
    const theirs = macs.make(subject, { ...answer, code: '012346' });
    expect(theirs.code).not.toBe(made.code);
    expect(theirs.challenge).toBe(made.challenge);
  });

  it('do not take the end of one part for the beginning of the next', () => {
    const moved = macs.make({ ...subject, identifier: '+8490123456' }, { ...answer, challengeId: '7abc' });
    expect(moved.challenge).not.toBe(made.challenge);
    expect(macs.make(subject, { challengeId: 'abc0', code: '12345' }).code).not.toBe(made.code);
  });
});

it('keeps codes of the previous pepper valid while new ones are made under the current one [ASVS 11.2.2]', () => {
  const before = new CodeMacs({ current: other }).make(subject, answer);
  const both = new CodeMacs({ current: pepper, previous: other });
  expect(both.make(subject, answer)).toEqual(new CodeMacs({ current: pepper }).make(subject, answer));
  expect(both.candidates(subject, answer)).toEqual([both.make(subject, answer), before]);
  expect(both.make(subject, answer).pepperId).not.toBe(before.pepperId);
});
