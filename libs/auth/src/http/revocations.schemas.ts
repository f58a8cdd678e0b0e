import { z } from 'zod';
import { idSchema, limitSchema, timeSchema } from '@platform/http';
import { type FeedCursor, parseCursor } from '../domain/session/feed-cursor.js';

const EXAMPLE_CURSOR = '1764000000123456-1764000900-48211_48213_48211';

/** A cursor, once it was looked at. */
export const feedCursorSchema = z
  .string()
  .max(1000)
  .transform((text, context): FeedCursor => {
    const cursor = parseCursor(text);
    if (cursor) return cursor;
    context.addIssue({ code: 'custom', message: 'wants a `nextCursor` or the id of an event' });
    return z.NEVER;
  });

export const revocationsQuerySchema = z.strictObject({
  after: feedCursorSchema.optional().meta({
    description: '`nextCursor` of the answer before, or the id of an event. Without it the whole window is answered.',
  }),
  limit: limitSchema({ max: 1000, prefault: 1000 }).meta({
    description: 'How many items, 1 to 1000; a stream takes none.',
  }),
});

const revocationSchema = z.object({
  sessionId: idSchema.meta({ description: '`sid` of its access tokens.' }),
  userId: idSchema.meta({ description: '`sub` of its access tokens.' }),
  reason: z.string().meta({ description: 'Why it ended, for people and logs: more reasons may come.' }),
  endedAt: timeSchema,
});

export const revocationsSchema = z
  .object({
    items: z.array(revocationSchema).meta({ description: 'Fewer than `limit` are all there is.' }),
    nextCursor: z.string().meta({ description: 'For `after`, also when there was nothing; opaque.' }),
    windowSeconds: z.int().meta({ description: 'How long an end matters: then its access tokens have run out.' }),
  })
  .meta({
    id: 'Revocations',
    examples: [
      {
        items: [
          {
            sessionId: '248151234567890945',
            userId: '248151234567890944',
            reason: 'signed-out',
            endedAt: '2026-11-24T08:15:30.000Z',
          },
        ],
        nextCursor: EXAMPLE_CURSOR,
        windowSeconds: 1020,
      },
    ],
  });

export const STREAM_EXAMPLE = `retry: 1000

event: session-ended
id: ${EXAMPLE_CURSOR}
data: {"sessionId":"248151234567890945","userId":"248151234567890944","reason":"signed-out","endedAt":"2026-11-24T08:15:30.000Z"}

event: heartbeat
id: ${EXAMPLE_CURSOR}
data: {}

`;
