import type { z } from 'zod';

/** What is wrong with the value of a row: names fields and repeats no value. */
export function faultsOf(error: z.ZodError | undefined): string[] {
  return error?.issues.map(({ path, message }) => `${path.join('.') || 'the value'}: ${message}`) ?? [];
}
