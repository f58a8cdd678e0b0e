import { describe, expect, it } from 'vitest';
import { refusal, seconds, START, storedKeys, TTL_SECONDS } from '../testing/keys.js';
import { CONSUMERS, LEAST_LEAD_SECONDS } from './consumers.js';
import { assertNoneWaits, dropGone, isRotationDue, planActivation } from './plan-rotation.js';

const HOUR = 3600;
const DAY = 86_400;
const GONE = TTL_SECONDS + 60;
const lead = (leadSeconds: number, force = false) => ({ leadSeconds, force });

describe('the lead of a new key', () => {
  const { ring } = storedKeys([-HOUR]);

  it('is none for the first key, nor where no key signs yet', () => {
    expect(planActivation(storedKeys([]).ring, lead(0), START)).toBe(START);
    expect(planActivation(storedKeys([HOUR]).ring, lead(DAY), START)).toBe(START);
  });

  it('is at least what the slowest cache takes: 12 h', () => {
    expect(LEAST_LEAD_SECONDS).toBe(12 * HOUR);
    expect(planActivation(ring, lead(12 * HOUR), START)).toEqual(seconds(12 * HOUR));
    expect(refusal(() => planActivation(ring, lead(12 * HOUR - 1), START))).toMatchObject({
      code: 'keys.lead-too-short',
      message: expect.stringMatching(/401: the older IGNIS verifier \(12 h\)\. Wait 12 h or longer, or say --force/),
    });
  });

  it('that nobody has caught up with names everybody', () => {
    const { message = '' } = refusal(() => planActivation(ring, lead(1), START));
    for (const { name } of CONSUMERS) expect(message).toContain(name);
  });

  it('may be shorter by force', () => {
    expect(planActivation(ring, lead(2, true), START)).toEqual(seconds(2));
  });
});

describe('a rotation', () => {
  it('waits for the one before', () => {
    const waiting = storedKeys([-HOUR, 1]);
    const { code, message } = refusal(() => assertNoneWaits(waiting.ring, START));
    expect([code, message]).toEqual(['keys.next-waiting', expect.stringContaining(waiting.kids[1] ?? '')]);
    expect(refusal(() => assertNoneWaits(waiting.ring, seconds(1)))).toEqual({});
  });

  it('takes out what is gone, and not before', () => {
    const { stored, ring, kids } = storedKeys([-DAY, 0]);
    expect(dropGone(stored, ring, seconds(GONE - 0.001))).toMatchObject({ dropped: [], kept: stored });
    const { kept, dropped } = dropGone(stored, ring, seconds(GONE));
    expect(dropped).toEqual([kids[0]]);
    expect(kept.manifest.keys.map(({ file }) => file)).toEqual(['1.pem']);
    expect([...kept.pems.keys()]).toEqual(['1.pem']);
  });

  it.each([
    ['nothing', [], true],
    ['a key of a day less a second', [-DAY + 1], false],
    ['a key of a day', [-DAY], true],
    ['an old key and one that waits', [-9 * DAY, 1], false],
  ])('with %s is due each day: %s', (_name, times, due) => {
    expect(isRotationDue(storedKeys(times).ring, 1, START)).toBe(due);
  });
});
