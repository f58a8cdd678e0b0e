import { Logger } from '@nestjs/common';
import type { Unusable } from '../../domain/slice-row.js';

const logger = new Logger('Policies');
const MAX_TOLD = 5;
const MAX_KNOWN = 10_000;
/** What this process has told already: a definition is read again at each change of what it is read with. */
const known = new Set<string>();

/**
 * Tells once of definitions that count for nothing.
 * @param of whose they are
 */
export function tellUnusable(of: string, unusable: readonly Unusable[]): void {
  const news = unusable.filter((each) => !known.has(keyOf(each)));
  if (news.length === 0) return;
  if (known.size > MAX_KNOWN) known.clear();
  for (const each of news) known.add(keyOf(each));
  const told = news.slice(0, MAX_TOLD).map(({ id, reason }) => `${id} (${reason})`);
  logger.warn(`${news.length} definitions of ${of} count for nothing: ${told.join(', ')}`);
}

function keyOf({ id, reason }: Unusable): string {
  return `${id} ${reason}`;
}
