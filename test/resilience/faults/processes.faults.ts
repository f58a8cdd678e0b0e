import { ROWS } from './table.js';
import { underFault } from './under-fault.js';

underFault(ROWS.filter(({ group }) => group === 'processes'));
