import { consumersBehind, inWords, LEAST_LEAD_SECONDS } from './consumers.js';
import { keyError } from './key-error.js';
import type { KeyRing } from './key-ring.js';
import { mapEntries, pathOf, type StoredKeys } from './stored-keys.js';

/** What the operator asks for. */
export interface LeadRequest {
  /** How long the key is published before it signs; without meaning for the first key. */
  leadSeconds: number;
  /** Whether he takes a lead that is too short for some consumers, or a second key in waiting. */
  force: boolean;
}

/** @throws DomainError `keys.invalid-lead` */
export function assertLead(leadSeconds: number): void {
  if (Number.isSafeInteger(leadSeconds) && leadSeconds >= 0) return;
  throw keyError('invalid-lead', 'the lead wants whole seconds, 0 or more');
}

/**
 * When a new key begins to sign: at once if there is none that signs, else after the lead.
 * @throws DomainError `keys.lead-too-short`, which says whose callers would see 401
 */
export function planActivation(ring: KeyRing, { leadSeconds, force }: LeadRequest, now: Date): Date {
  if (ring.states(now).every(({ state }) => state === 'next')) return now;
  const behind = force ? [] : consumersBehind(leadSeconds);
  if (behind.length > 0) {
    const who = behind.map(({ name, trustsFor }) => `${name} (${inWords(trustsFor)})`).join(', ');
    throw keyError(
      'lead-too-short',
      `a lead of ${inWords(leadSeconds)} is shorter than caches of the key set; callers of these would see 401: ${who}.` +
        ` Wait ${inWords(LEAST_LEAD_SECONDS)} or longer, or say --force`,
    );
  }
  return new Date(now.getTime() + leadSeconds * 1000);
}

/** @throws DomainError `keys.next-waiting` while a key waits to sign: a rotation is under way */
export function assertNoneWaits(ring: KeyRing, now: Date): void {
  const waiting = ring.states(now).find(({ state }) => state === 'next');
  if (!waiting) return;
  const { kid, activatesAt } = waiting.key;
  throw keyError('next-waiting', `${kid} waits to sign from ${activatesAt.toISOString()} on; --force adds another one`);
}

/** Takes out what is no longer published; what is revoked stays listed. */
export function dropGone(stored: StoredKeys, ring: KeyRing, now: Date): { kept: StoredKeys; dropped: string[] } {
  const gone = ring.states(now).filter(({ state }) => state === 'gone');
  const files = new Set(gone.map(({ key }) => key.file));
  const kept = mapEntries(stored, (entry) => (files.has(pathOf(stored, entry)) ? undefined : entry));
  return { kept, dropped: gone.map(({ key }) => key.kid) };
}

/** Whether the newest key, also one in waiting, has become this old; a store without one is due. */
export function isRotationDue(ring: KeyRing, everyDays: number, now: Date): boolean {
  const newest = ring.states(now).at(-1);
  return !newest || now.getTime() - newest.key.activatesAt.getTime() >= everyDays * 86_400_000;
}
