import type { KeyRing } from '../domain/key-ring.js';

/**
 * The ring in use. Whoever needs keys asks for `current()` each time and keeps no ring, so that a reload is one
 * assignment: no request sees half of it.
 */
export class KeyRingHolder {
  constructor(private ring: KeyRing) {}

  current(): KeyRing {
    return this.ring;
  }

  /** Puts a newly loaded ring in use, from the next request on. */
  replace(ring: KeyRing): void {
    this.ring = ring;
  }
}
