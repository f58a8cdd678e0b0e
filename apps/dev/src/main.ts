import { parseArgs } from 'node:util';
import { projectRoot } from '@platform/testing';
import { launch } from './launcher.js';
import { explain } from './problem.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
// The script that started this one holds the other end: its death, however sudden, is an order to stop.
process.on('disconnect', () => stop.abort());
// A terminal that is gone must not keep us from stopping in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort());

try {
  const { values } = parseArgs({ options: { 'with-sister': { type: 'boolean', default: false } } });
  const order = { root: projectRoot(), env: process.env, withSister: values['with-sister'] };
  process.exit(await launch(order, stop.signal));
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
