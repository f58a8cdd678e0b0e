import { describe, expect, it } from 'vitest';
import { toId, toLimit } from './arguments.js';

describe('an argument', () => {
  it.each(['1', '248151234567890944', '1048576000000000000', '9223372036854775807'])('is the id %s', (text) => {
    expect(toId(text)).toBe(text);
  });
  it.each(['', '0', '-1', '1.5', 'x', '9223372036854775808', '12345678901234567890'])('is no id: %j', (text) => {
    expect(() => toId(text)).toThrow('Write an id');
  });
  it.each(['', '0', '1001', '1.5', 'x'])('is no limit: %j', (text) => {
    expect(() => toLimit(text)).toThrow('up to 1000');
  });
});
