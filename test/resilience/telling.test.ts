import { describe } from 'vitest';
import { ROWS } from './faults/table.js';
import { underFault } from './faults/under-fault.js';

/** The most telling faults; `npm run resilience` tries all of them. */
describe('people, while a part fails', () => {
  underFault(ROWS.filter(({ telling }) => telling));
});
