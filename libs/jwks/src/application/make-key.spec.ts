import { expect, it } from 'vitest';
import { makeKey } from './make-key.js';

it('names no key by what a command would take for an option', async () => {
  const kids = await Promise.all(Array.from({ length: 500 }, async () => (await makeKey('ES256')).kid));
  expect(kids.filter((kid) => !/^\w[\w-]{42}$/.test(kid))).toEqual([]);
});
