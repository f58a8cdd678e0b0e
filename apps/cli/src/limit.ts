import { InvalidArgumentError } from 'commander';

/** How many lines an operator wants to see. */
export function toLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError('Write a number up to 1000.');
  return limit;
}
