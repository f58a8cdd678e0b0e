import { randomInt } from 'node:crypto';
import { randomUsername } from './client.js';

/** A mailbox that nobody has. */
export function randomEmail(): string {
  return `${randomUsername()}@example.com`;
}

const phones = new Set<string>();

/** A Vietnamese mobile number that nobody has, in E.164. */
export function randomPhone(): string {
  const phone = `+8490${randomInt(10_000_000).toString().padStart(7, '0')}`;
  // Of some thousand random ones two are the same now and then.
  if (phones.has(phone)) return randomPhone();
  phones.add(phone);
  return phone;
}
