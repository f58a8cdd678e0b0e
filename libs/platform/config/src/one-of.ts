import { z } from 'zod';

/** A setting that is one of a few words, which its refusal names. */
export function oneOf<const Word extends string>(...words: Word[]) {
  return z.enum(words, { error: `wants one of ${words.join(', ')}` });
}
