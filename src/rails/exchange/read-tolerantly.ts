import * as z from 'zod/v4';

/** A field that may be missing; null is the same as missing. */
export const optional = <SCHEMA extends z.ZodType>(schema: SCHEMA) =>
  schema.nullish().transform((value) => value ?? undefined);

/** Zero money comes back as null from some routes. */
export const tokens = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

/** A point in time. Without a zone it is UTC, which is what the exchange means by it. */
export const timestampSchema = z.string().transform((text, context) => {
  const iso = text
    .trim()
    .replace(' ', 'T')
    // Python writes microseconds; only milliseconds are portable.
    .replace(/(\.\d{3})\d+/, '$1')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const date = new Date(/(?:z|[+-]\d{2}:\d{2})$/i.test(iso) ? iso : `${iso}Z`);
  if (Number.isNaN(date.getTime())) {
    context.addIssue({ code: 'custom', message: 'not a timestamp' });
    return z.NEVER;
  }
  return date;
});
