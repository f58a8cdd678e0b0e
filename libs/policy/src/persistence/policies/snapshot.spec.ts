import { describe, expect, it } from 'vitest';
import { Snapshot } from './snapshot.js';

describe('a snapshot', () => {
  it('sees what had ended, and neither what was under way nor what came later', () => {
    const snapshot = new Snapshot('10:15:11,13');
    const seen = [9, 10, 11, 12, 13, 14, 15, 16].filter((transaction) => snapshot.sees(transaction));
    expect(seen).toEqual([9, 10, 12, 14]);
  });

  it('sees everything before it when nothing was under way', () => {
    const snapshot = new Snapshot('10:10:');
    expect([snapshot.sees(9), snapshot.sees(10)]).toEqual([true, false]);
  });

  it.each([
    ['10:10:', '10:10:', true],
    ['12:12:', '10:10:', true],
    ['10:10:', '12:12:', false], // what ended between is missing
    ['10:15:11', '10:15:11', true], // a long transaction goes on
    ['10:15:11', '10:12:', false], // 11 was over by then
    ['11:15:11', '11:11:', true], // 11 had not begun
    ['10:15:', '10:15:11', true],
  ])('%s covers %s: %s', (later, earlier, covers) => {
    expect(new Snapshot(later).covers(new Snapshot(earlier))).toBe(covers);
  });

  it('reads numbers beyond 32 bits', () => {
    expect(new Snapshot('9007199254740:9007199254745:9007199254742').sees(9_007_199_254_742)).toBe(false);
  });
});
