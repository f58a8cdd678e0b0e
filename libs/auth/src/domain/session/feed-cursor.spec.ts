import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, isBehind, parseCursor, parseSnapshot } from './feed-cursor.js';

const SERVER = '1764000000123456';
const number = fc.bigInt(1n, 2n ** 62n);
/** As PostgreSQL writes one: xmin is the first of those under way, or xmax. */
const snapshot = fc
  .uniqueArray(number, { minLength: 1, maxLength: 20 })
  .map((numbers) => numbers.toSorted((a, b) => (a < b ? -1 : 1)).map(String))
  .map((numbers) => `${numbers[0]}:${numbers.at(-1)}:${numbers.slice(0, -1).join(',')}`);
const place = fc.record({ endedIn: number.map(String), sessionId: number.map(String) });

describe('a cursor', () => {
  it('comes back as it was handed out', () => {
    fc.assert(
      fc.property(snapshot, snapshot, place, fc.boolean(), (seen, upTo, after, isRun) => {
        const run = isRun ? { run: { upTo: parseSnapshot(upTo), after } } : {};
        const cursor = { server: SERVER, madeAt: 1_764_000_900, seen: parseSnapshot(seen), ...run };
        expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
        expect(formatCursor(cursor)).toMatch(/^[\w-]{1,1000}$/);
      }),
    );
  });

  it.each([
    '',
    ' ',
    'null',
    `${SERVER}-1764000900-5_4`,
    `${SERVER}-1764000900-5_4_9`,
    `${SERVER}-1764000900-5`,
    `${SERVER}-1764000900-0_4`,
    `${SERVER}-1764000900-5_9_9`,
    `${SERVER}-1764000900-5_9_4`,
    `${SERVER}-1764000900-5_9_7_6`,
    `${SERVER}-1764000900-5_9223372036854775808`,
    `${SERVER}-1764000900-5_9-5_9`,
    `${SERVER}-1764000900-5_9-5_9-1_9223372036854775808`,
    `${SERVER}-1764000900-5_9-9_5-1_1`,
    `${SERVER}-1764000900-5_9\n`,
    `x${SERVER}-1764000900-5_9`,
    `${SERVER}-1764000900-1${'_2'.repeat(22)}`,
  ])('is not %j', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });

  it('is nothing else, whatever it is, and says so at once', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseCursor(text) === undefined));
    const begunAt = performance.now();
    expect(parseCursor(`1-1-${'1_'.repeat(500)}`)).toBeUndefined();
    expect(performance.now() - begunAt).toBeLessThan(100);
  });
});

describe('a snapshot', () => {
  it('is read as PostgreSQL writes it', () => {
    expect(parseSnapshot('10:20:10,14,15')).toEqual({ xmin: '10', xmax: '20', open: ['10', '14', '15'] });
    expect(parseSnapshot('10:10:')).toEqual({ xmin: '10', xmax: '10', open: [] });
  });

  it('with more under way than fit says that less was seen, never more', () => {
    const open = Array.from({ length: 50 }, (_item, at) => String(100 + at * 2));
    const seen = parseSnapshot(`100:300:${open.join(',')}`);
    expect(seen).toEqual({ xmin: '100', xmax: '140', open: open.slice(0, 20) });
  });

  it('knows one that came after it', () => {
    const [earlier, later] = [parseSnapshot('9:10:9'), parseSnapshot('100:101:')];
    expect([isBehind(earlier, later), isBehind(later, earlier), isBehind(later, later)]).toEqual([true, false, true]);
  });
});
