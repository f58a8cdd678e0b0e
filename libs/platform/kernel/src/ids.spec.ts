import { expect, it } from 'vitest';
import { isId } from './ids.js';

it.each(['1', '248151234567890944', '1000000000000000000', '9223372036854775807'])('%s is an id', (text) => {
  expect(isId(text)).toBe(true);
});

it.each(['', '0', '007', '-1', '1.0', ' 1', '1\n', 'x', '9223372036854775808', '10000000000000000000'])(
  '%j is none',
  (text) => {
    expect(isId(text)).toBe(false);
  },
);
