import { expect, it } from 'vitest';
import { valueOf } from './configuration-value.js';

const none = { n_value: null, t_value: null, b_value: null, j_value: null, bo_value: null };

it.each([
  ['NUMBER', { n_value: 3, t_value: 'x' }, 3],
  ['text', { t_value: 'x', n_value: 1 }, 'x'],
  ['JSON', { j_value: { a: 1 } }, { a: 1 }],
  ['boolean', { bo_value: false, n_value: 1 }, false],
  ['BYTE', { b_value: Buffer.from('x') }, Buffer.from('x')],
  ['TEXT', { n_value: 1 }, null],
  [null, { bo_value: false }, false],
  [null, { n_value: 0 }, 0],
  ['something else', { t_value: 'x' }, 'x'],
  ['constructor', { t_value: 'x' }, 'x'],
  [null, {}, null],
])('of type %s is read from %o', (type, columns, value) => {
  expect(valueOf({ ...none, data_type: type, ...columns })).toEqual(value);
});
