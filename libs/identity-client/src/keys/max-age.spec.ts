import { expect, it } from 'vitest';
import { freshSeconds } from './max-age.js';

it.each([
  ['what the service says', { 'cache-control': 'public, max-age=120' }, 120],
  ['the same, in capitals and quotes', { 'cache-control': 'Public,MAX-AGE="120"' }, 120],
  ['less the time in caches', { 'cache-control': 'max-age=120', age: '100' }, 20],
  ['nothing that is left', { 'cache-control': 'max-age=120', age: '500' }, 0],
  ['no-store', { 'cache-control': 'no-store, max-age=120' }, 0],
  ['no-cache', { 'cache-control': 'max-age=120, no-cache' }, 0],
  ['the max-age of shared caches', { 'cache-control': 's-maxage=9' }, 300],
  ['a year', { 'cache-control': 'max-age=31536000' }, 3600],
  ['nothing', {}, 300],
  ['nonsense', { 'cache-control': 'max-age=-1', age: 'x' }, 300],
] as const)('keys are fresh as long as it is allowed: %s', (_what, headers, seconds) => {
  expect(freshSeconds(new Headers(headers))).toBe(seconds);
});
