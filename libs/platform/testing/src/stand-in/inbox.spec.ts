import { expect, it } from 'vitest';
import { Inbox, type Received } from './inbox.js';

const sms = (to: string, text: string): Received => ({ to, text, receivedAt: new Date(0), raw: '' });

it('keeps the last messages alone, newest first, and counts on after it was emptied', () => {
  const inbox = new Inbox<Received>((to) => to, 3);
  for (const text of ['1', '2', '3', '4']) inbox.add(sms('a', text));
  expect(inbox.list().map(({ text, id }) => [text, id])).toEqual([['4', 4], ['3', 3], ['2', 2]]); // prettier-ignore
  inbox.clear();
  expect(inbox.list()).toEqual([]);
  expect(inbox.add(sms('a', '5')).id).toBe(5);
});

it('holds a thousand unless it is told otherwise', () => {
  const inbox = new Inbox<Received>((to) => to);
  for (let count = 0; count < 1001; count += 1) inbox.add(sms('a', String(count)));
  expect(inbox.list()).toHaveLength(1000);
  expect(inbox.list().at(-1)?.text).toBe('1');
});
