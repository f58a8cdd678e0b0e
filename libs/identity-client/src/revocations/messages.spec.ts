import { expect, it } from 'vitest';
import { toRevocationPage } from './messages.js';

it('takes the longest cursor that the service makes, and nothing endless', () => {
  const page = (length: number) => toRevocationPage({ items: [], nextCursor: '1'.repeat(length), windowSeconds: 960 });
  expect(page(949)).toBeDefined();
  expect(page(2000)).toBeUndefined();
});
