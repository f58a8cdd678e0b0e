import { z } from 'zod';
import { ID_FORM, isId } from '@platform/kernel';

/** A snowflake as a decimal string: it does not fit a JavaScript number. */
export const idSchema = z
  .string()
  .regex(ID_FORM, { error: 'wants a decimal id', abort: true }) // one fault is told once
  .refine(isId, 'wants a decimal id')
  .meta({ examples: ['248151234567890944'], description: 'A snowflake, as a decimal string.' });

/** RFC 3339 in UTC. */
export const timeSchema = z.iso.datetime().meta({ examples: ['2026-11-24T08:15:30.000Z'] });

/** A number in a query, in digits alone: `Number` would take `0x10`, `1e1` and ` 7 ` as well. Else it stays text. */
function fromDigits(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

/** How many items a list is to have. */
export function limitSchema({ max, prefault }: { max: number; prefault: number }) {
  return z
    .preprocess(fromDigits, z.int().min(1).max(max))
    .prefault(prefault) // a `default` beside a preprocess would be missing from the OpenAPI document
    .meta({ description: `How many items, 1 to ${max}.` });
}

/** `limit` and `cursor` of every list. */
export const cursorSchema = z.strictObject({
  limit: limitSchema({ max: 100, prefault: 20 }),
  cursor: idSchema.optional().meta({ description: '`nextCursor` of the page before.' }),
});

/** A page of `item`s, by whose name it is called; `nextCursor` is null on the last one. */
export function page<Item extends z.ZodType, Cursor extends z.ZodType = typeof idSchema>(
  item: Item,
  cursor: Cursor | typeof idSchema = idSchema,
) {
  const { id, examples } = item.meta() ?? {};
  return z
    .object({ items: z.array(item), nextCursor: cursor.nullable() })
    .meta({ id: `${id}Page`, examples: [{ items: examples, nextCursor: null }] });
}

/** Text for people: well-formed Unicode, no control characters (NUL cannot even be stored). Length in code points. */
export function plainText(min: number, max: number) {
  return z
    .string()
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must not hold control characters')
    .refine((value) => [...value].length >= min && [...value].length <= max, `wants ${min} to ${max} characters`)
    .meta({ minLength: min, maxLength: max });
}
