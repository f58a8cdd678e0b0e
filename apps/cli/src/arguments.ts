import { InvalidArgumentError } from 'commander';
import { isId } from '@platform/kernel';

/** An id as it is printed, from which a page goes on. */
export function toId(text: string): string {
  if (!isId(text)) throw new InvalidArgumentError('Write an id, as it stands in the list.');
  return text;
}

/** How many lines an operator wants to see. */
export function toLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError('Write a number up to 1000.');
  return limit;
}
