import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DOCUMENT, documentedRows } from './faults/document.js';
import { ROWS } from './faults/table.js';

it('docs/resilience.md has every fault that is tried, with what is expected of it, and no other', () => {
  const rows = ROWS.map(({ part, fault, expectation }) => [part, fault, expectation]);
  expect(documentedRows(readFileSync(DOCUMENT, 'utf8'))).toEqual(rows);
});
