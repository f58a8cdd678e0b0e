import { randomInt } from 'node:crypto';
import { randomUsername } from './client.js';

/** A mailbox that nobody has. */
export function randomEmail(): string {
  return `${randomUsername()}@example.com`;
}

/** A Vietnamese mobile number that nobody has, in E.164. */
export function randomPhone(): string {
  return `+8490${randomInt(10_000_000).toString().padStart(7, '0')}`;
}
