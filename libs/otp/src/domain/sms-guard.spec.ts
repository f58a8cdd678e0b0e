import { expect, it } from 'vitest';
import { numberPrefix } from './sms-guard.js';

it('counts numbers by their block of ten thousand', () => {
  expect(numberPrefix('+84901234567')).toBe('+8490123');
  expect(numberPrefix('+84901239999')).toBe('+8490123');
  expect(numberPrefix('+84901244567')).not.toBe('+8490123');
});
