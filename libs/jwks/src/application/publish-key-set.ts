import { createHash } from 'node:crypto';
import type { Clock } from '@platform/kernel';
import type { KeyRing } from '../domain/key-ring.js';
import type { KeyRingHolder } from './key-ring-holder.js';

/** Sisters should learn of a new or revoked key within minutes, even where nothing is due. */
const MAX_AGE_SECONDS = 300;

/** The JWK set, ready to be sent. */
export interface PublishedKeySet {
  /** JSON text of `{"keys": […]}` (RFC 7517 §5). */
  readonly body: string;
  /** Strong entity tag with its quotes (RFC 9110 §8.8.3): SHA-256 of the body, so replicas agree on it. */
  readonly etag: string;
}

/** A set, the ring it was made of, and the time in which it is right (ms; the end exclusive). */
interface Rendered extends PublishedKeySet {
  readonly ring: KeyRing;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Keeps the rendered JWK set in memory until the set changes: every sister polls it, and it must cost next to nothing.
 */
export class PublishKeySet {
  private rendered: Rendered | undefined;

  constructor(
    private readonly holder: KeyRingHolder,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** @returns the set and how long it may be cached: whole seconds until it next changes, 1 to 300 */
  execute(): { keySet: PublishedKeySet; maxAgeSeconds: number } {
    const now = this.clock.now();
    const ms = now.getTime();
    let rendered = this.rendered;
    // `fromMs` matters when the wall clock goes back: a key that was gone is then published again.
    if (!rendered || rendered.ring !== this.holder.current() || ms < rendered.fromMs || ms >= rendered.untilMs) {
      rendered = this.rendered = render(this.holder.current(), now);
    }
    const seconds = Math.floor((rendered.untilMs - ms) / 1000);
    return { keySet: rendered, maxAgeSeconds: Math.min(Math.max(seconds, 1), MAX_AGE_SECONDS) };
  }
}

function render(ring: KeyRing, now: Date): Rendered {
  const body = JSON.stringify({ keys: ring.published(now) });
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  return { ring, body, etag, fromMs: now.getTime(), untilMs: ring.nextChangeAt(now) };
}
