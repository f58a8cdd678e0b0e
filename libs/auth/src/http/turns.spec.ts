import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('lets so many work at once, in the order in which they came, also after one that failed', async () => {
  const turns = new Turns(2);
  const log: string[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const works = gates.map(({ promise }, at) =>
    turns
      .take(async () => {
        log.push(`begin ${at}`);
        await promise;
      })
      .catch(() => log.push(`failed ${at}`)),
  );
  await Promise.resolve();
  expect(log).toEqual(['begin 0', 'begin 1']);
  gates[1]?.reject(new Error('no'));
  await works[1];
  gates[0]?.resolve();
  await works[0];
  expect(log).toEqual(['begin 0', 'begin 1', 'begin 2', 'failed 1', 'begin 3']);
  for (const gate of gates) gate.resolve();
  await Promise.all(works);
  expect(log.at(-1)).toBe('begin 4');
});
