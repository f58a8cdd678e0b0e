import { expect, it } from 'vitest';
import { clientNetwork, numberPrefix } from './sms-guard.js';

it('counts numbers by their block of ten thousand', () => {
  expect(numberPrefix('+84901234567')).toBe('+8490123');
  expect(numberPrefix('+84901239999')).toBe('+8490123');
  expect(numberPrefix('+84901244567')).not.toBe('+8490123');
});

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  [undefined, 'unknown'],
])('counts the client %s as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
