import { createHash } from 'node:crypto';
import { networkOf } from '@platform/kernel';

/** What failures are counted on: `identifier:<scheme>:<value>`, `address:<ip>` or `device:<id>`. */
export type Lane = `${'identifier' | 'address' | 'device'}:${string}`;

const MAX_BYTES = 128;

/** The lane of whom somebody signs in as, whether or not that identifier exists. */
export function identifierLane(scheme: string, value: string): Lane {
  return bounded('identifier', `${scheme}:${value}`);
}

/** The lane of a device that its owner signed in from before: nobody else can fill it up. */
export function deviceLane(id: string): Lane {
  return bounded('device', id);
}

/** The lane of a client address, or of the network of an IPv6 one. */
export function addressLane(ip: string): Lane {
  return bounded('address', networkOf(ip));
}

/** Lanes that a success wipes clean. An address is shared: one good account there must not pay for guesses at others. */
export function isOwnedLane(lane: Lane): boolean {
  return !isAddressLane(lane);
}

/** Whether failures of a client address, or of a network, are counted on it. */
export function isAddressLane(lane: Lane): boolean {
  return lane.startsWith('address:');
}

/** An over-long value becomes its digest: the caller chooses the value, and must not choose how much we store. */
function bounded(kind: 'identifier' | 'address' | 'device', value: string): Lane {
  if (Buffer.byteLength(value) <= MAX_BYTES) return `${kind}:${value}`;
  return `${kind}:#${createHash('sha256').update(value).digest('hex')}`;
}
