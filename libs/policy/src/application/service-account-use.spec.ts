import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { ServiceAccountUse } from './service-account-use.js';
import type { ServiceAccounts } from './service-accounts.js';

it('is noted once a minute for each account, and a failure to do so is nobody’s', async () => {
  let now = 0;
  vi.spyOn(Logger.prototype, 'debug').mockReturnValue();
  const markUsed = vi.fn((_id: string) => Promise.reject<void>(new Error('away')));
  const use = new ServiceAccountUse({ markUsed } as unknown as ServiceAccounts, { monotonic: () => now });
  const ids = () => markUsed.mock.calls.map(([id]) => id);
  for (const id of ['1', '1', '2', '1']) use.note(id);
  now = 59_999;
  use.note('1');
  expect(ids()).toEqual(['1', '2']);
  now = 60_000;
  use.note('1');
  expect(ids()).toEqual(['1', '2', '1']);
  await Promise.allSettled(markUsed.mock.results.map(({ value }) => value as Promise<void>));
});
