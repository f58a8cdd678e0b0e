import { beforeEach, describe, expect, it } from 'vitest';
import { type Dated, PolicyChanges, TRUST_MS } from './policy-changes.js';
import { Snapshot } from './snapshot.js';

let now: number;
let changes: PolicyChanges;

beforeEach(() => {
  now = 1000;
  changes = new PolicyChanges({ monotonic: () => now });
});

/** What was read now, about `names`, when `snapshot` could be seen. */
const read = (snapshot: string, ...names: string[]): Dated => ({
  names,
  snapshot: new Snapshot(snapshot),
  readAt: now,
  checked: 0,
});

describe('an answer, while changes are heard of,', () => {
  beforeEach(() => changes.begin('10:10:'));

  it('stands until somebody tells of a change to one of its names', () => {
    const answer = read('10:10:', 'User_1', 'Role_2');
    expect(changes.stands(answer)).toBe(true);
    changes.hear('10 User_3');
    expect(changes.stands(answer)).toBe(true);
    changes.hear('11 Role_2 Role_3');
    expect(changes.stands(answer)).toBe(false);
  });

  it('stands when it saw the change that is told of only now', () => {
    changes.hear('12 User_1');
    expect(changes.stands(read('13:13:', 'User_1'))).toBe(true);
    expect(changes.stands(read('10:13:12', 'User_1'))).toBe(false);
  });

  it('must have seen every change, also one that began earlier and ended later', () => {
    changes.hear('12 User_1');
    const answer = read('11:13:11', 'User_1');
    expect(changes.stands(answer)).toBe(true);
    changes.hear('11 User_1');
    expect(changes.stands(answer)).toBe(false);
  });

  it('falls with a change that affects everybody', () => {
    const answer = read('10:10:', 'User_1');
    changes.hear('10 *');
    expect(changes.stands(answer)).toBe(false);
  });

  it('stands for so long and no longer', () => {
    const answer = read('10:10:', 'User_1');
    now += TRUST_MS - 1;
    expect(changes.stands(answer)).toBe(true);
    now += 1;
    expect(changes.stands(answer)).toBe(false);
  });

  it('does not stand when it misses what was committed before anybody listened', () => {
    expect(changes.stands(read('9:9:', 'User_1'))).toBe(false);
    expect(changes.stands(read('9:10:9', 'User_1'))).toBe(false);
  });

  it('is held against changes for as long as any answer is that old, however many there are', () => {
    const old = read('10:10:', 'User_1');
    changes.hear('10 User_1');
    for (let transaction = 11; transaction < 3000; transaction += 1) changes.hear(`${transaction} User_2`);
    expect(changes.stands({ ...old, readAt: now })).toBe(false);
  });
});

it('stands for less than a second while nothing is heard', () => {
  const answer = read('10:10:', 'User_1');
  expect([changes.hearing, changes.stands(answer)]).toEqual([false, true]);
  now += 999;
  expect(changes.stands(answer)).toBe(false);
});

it('does not stand when the listening was interrupted since', () => {
  changes.begin('10:10:');
  const answer = read('10:10:', 'User_1');
  expect(changes.stands(answer)).toBe(true);
  changes.end();
  changes.begin('12:12:');
  expect(changes.stands(answer)).toBe(false);
  expect(changes.stands(read('12:12:', 'User_1'))).toBe(true);
});
