import { expect, it } from 'vitest';
import { parseTraceparent, toTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

it.each(['00', '01'])('writes what it read, with flags %s', (flags) => {
  const text = `00-${TRACE}-${SPAN}-${flags}`;
  const context = parseTraceparent(text);
  expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
  expect(context && toTraceparent(context)).toBe(text);
});

it.each([
  '',
  'anything',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `01-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-01\n`,
  [`00-${TRACE}-${SPAN}-01`],
  7,
  { toString: null },
])('reads nothing out of %j', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
