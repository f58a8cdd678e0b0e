import { z } from 'zod';

/** A whole number in decimal digits. */
export const integer = (min: number, max: number, wants = `wants a whole number from ${min} to ${max}`) =>
  z
    .string()
    .regex(/^\d{1,10}$/, wants)
    .transform(Number)
    .pipe(z.number().min(min, wants).max(max, wants));
