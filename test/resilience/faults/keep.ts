import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Seen } from './run-row.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where rows are kept until docs/resilience.md is written; absent where it is not. */
    seenFolder?: string;
  }
}

/** Keeps what was seen for the document, where that is being made. */
export function keep(seen: Seen): void {
  const folder = inject('seenFolder');
  if (folder !== undefined) writeFileSync(join(folder, `${encodeURIComponent(seen.name)}.json`), JSON.stringify(seen));
}
