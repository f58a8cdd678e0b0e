import { z } from 'zod';

/** Ten minutes: longer than any client waits. */
const LONGEST_DELAY_MS = 600_000;

/** How a stand-in treats what it is sent, so that an outage can be tried. */
export interface Behaviour<Code> {
  /** `timeout`: connections are taken and never answered. `down`: connections are refused. */
  mode: 'accept' | 'reject' | 'timeout' | 'down';
  /** The answer of `reject`; each stand-in has a default. */
  code?: Code | undefined;
  /** How long an answer waits; what is accepted is kept before that, as by a server whose answer gets lost. */
  delayMs?: number | undefined;
}

/** What `PUT /api/behaviour` takes. */
export function behaviourSchema<Code>(code: z.ZodType<Code>): z.ZodType<Behaviour<Code>> {
  return z.strictObject({
    mode: z.enum(['accept', 'reject', 'timeout', 'down']),
    code: code.optional(),
    delayMs: z.int().min(0).max(LONGEST_DELAY_MS).optional(),
  });
}
