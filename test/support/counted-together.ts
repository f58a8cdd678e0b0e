import { Logger } from '@nestjs/common';
import { vi } from 'vitest';
import { poll } from '@platform/testing';

/** What the service says when it begins and when it ends to count failures by itself. */
export const COUNTED_APART = /^Sign-in failures are counted in /;

/**
 * Does it again from the start where Redis seemed away for a moment, as it may on a busy machine: some failures are
 * counted in Redis then and some in the process. For a service in the tests' own process.
 */
export async function countedTogether(work: () => Promise<void>): Promise<void> {
  const spies = [vi.spyOn(Logger.prototype, 'warn'), vi.spyOn(Logger.prototype, 'log')];
  const isApart = () => spies.some(({ mock }) => mock.calls.some(([message]) => COUNTED_APART.test(String(message))));
  try {
    await poll('failures that are counted in one place', 40, async () => {
      spies.forEach((spy) => spy.mockClear());
      const [outcome] = await Promise.allSettled([work()]);
      if (isApart()) return undefined;
      if (outcome.status === 'rejected') throw outcome.reason;
      return true;
    });
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}
