import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '@platform/kernel';
import type { RedisConnection } from '@platform/redis';
import { type DatedSlice, datedSlice, type SliceText } from './dated-slice.js';
import { type PolicyChanges, TRUST_MS } from './policy-changes.js';

/** Larger ones would hold up what shares the connection. */
const MAX_CHARACTERS = 262_144;
/** To be changed with what a SliceRow is. */
const FORMAT = 'slice-1';
/** Of 32 bytes in base64url. */
const SEAL_LENGTH = 43;

const keptSchema = z.object({ snapshot: z.string(), names: z.array(z.string()), lines: z.string().nullable() });

/**
 * Slices that other replicas have read. Whether one still stands is known by its snapshot to whoever hears of changes,
 * so that nothing has to be deleted here, and a late writer does no harm. Redis away: nothing is found.
 */
export class RedisSlices {
  constructor(
    private readonly redis: RedisConnection,
    private readonly changes: PolicyChanges,
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly sealKey: Buffer,
  ) {}

  async find(subjects: string[]): Promise<Map<string, DatedSlice>> {
    if (!this.changes.hearing) return new Map();
    const readAt = this.clock.monotonic();
    // One by one in one write: in a Cluster they lie in different places.
    const kept = await Promise.all(subjects.map((subject) => this.redis.get(key(subject)).catch(() => null)));
    const found = new Map<string, DatedSlice>();
    for (const [index, subject] of subjects.entries()) {
      const slice = this.read(subject, kept[index] ?? null, readAt);
      if (slice) found.set(subject, slice);
    }
    return found;
  }

  keep(subject: string, text: SliceText): void {
    // Of those of whom nothing is said there may be any number.
    if (text.lines === null || text.lines.length > MAX_CHARACTERS) return;
    const value = JSON.stringify({ snapshot: text.snapshot, names: text.names, lines: text.lines });
    this.redis.set(key(subject), `${this.seal(subject, value)}${value}`, 'PX', TRUST_MS).catch(() => undefined);
  }

  /** Nothing for what another release or somebody else has written: PostgreSQL knows. */
  private read(subject: string, kept: string | null, readAt: number): DatedSlice | undefined {
    if (kept === null) return undefined;
    const [seal, value] = [kept.slice(0, SEAL_LENGTH), kept.slice(SEAL_LENGTH)];
    const expected = this.seal(subject, value);
    if (seal.length !== expected.length || !timingSafeEqual(Buffer.from(seal), Buffer.from(expected))) return undefined;
    return datedSlice(subject, keptSchema.parse(JSON.parse(value)), readAt);
  }

  /** Whoever writes to Redis must not be able to give himself permissions. */
  private seal(subject: string, value: string): string {
    return createHmac('sha256', this.sealKey).update(`${FORMAT} ${subject} ${value}`).digest('base64url');
  }
}

function key(subject: string): string {
  return `auth:cache:policy:${subject}`;
}
