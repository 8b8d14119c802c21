import * as z from 'zod/v4';

/** An optional field; null counts as missing. */
export const optional = <SCHEMA extends z.ZodType>(schema: SCHEMA) =>
  schema.nullish().transform((value) => value ?? undefined);

/** Some routes return null for zero tokens. */
export const tokens = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

/** A point in time. Without a time zone it is UTC, as the exchange writes it. */
export const timestampSchema = z.string().transform((text, context) => {
  const iso = text
    .trim()
    .replace(' ', 'T')
    // Python writes microseconds; only milliseconds are portable.
    .replace(/(\.\d{3})\d+/, '$1')
    .replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const date = new Date(/(?:z|[+-]\d{2}:\d{2})$/i.test(iso) ? iso : `${iso}Z`);
  if (Number.isNaN(date.getTime())) {
    context.addIssue({ code: 'custom', message: 'must be a timestamp' });
    return z.NEVER;
  }
  return date;
});
