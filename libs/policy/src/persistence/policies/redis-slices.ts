import { z } from 'zod';
import type { Clock } from '@platform/kernel';
import type { RedisConnection } from '@platform/redis';
import { type DatedSlice, datedSlice, type SliceText } from './dated-slice.js';
import { type PolicyChanges, TRUST_MS } from './policy-changes.js';

/** Larger ones would hold up what shares the connection. */
const MAX_CHARACTERS = 262_144;

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
  ) {}

  async find(subjects: string[]): Promise<Map<string, DatedSlice>> {
    if (!this.changes.hearing) return new Map();
    const readAt = this.clock.monotonic();
    // One by one in one write: in a Cluster they lie in different places.
    const kept = await Promise.all(subjects.map((subject) => this.redis.get(key(subject)).catch(() => null)));
    const found = subjects.flatMap((subject, index) => {
      const text = parse(kept[index] ?? null);
      return text ? [[subject, datedSlice(subject, text, readAt)] as const] : [];
    });
    return new Map(found);
  }

  keep(subject: string, text: SliceText): void {
    if ((text.lines?.length ?? 0) > MAX_CHARACTERS) return;
    const value = JSON.stringify({ snapshot: text.snapshot, names: text.names, lines: text.lines });
    this.redis.set(key(subject), value, 'PX', TRUST_MS).catch(() => undefined);
  }
}

function key(subject: string): string {
  return `auth:cache:policy:${subject}`;
}

function parse(value: string | null): SliceText | undefined {
  if (value === null) return undefined;
  try {
    return keptSchema.parse(JSON.parse(value));
  } catch {
    return undefined; // written by another release: PostgreSQL knows
  }
}
