import * as z from 'zod/v4';

/** Why a value is refused, with the text of the exchange's validator. */
class Refusal {
  readonly type: string;
  readonly message: string;
  readonly ctx: Record<string, unknown> | undefined;

  constructor(type: string, message: string, ctx?: Record<string, unknown>) {
    this.type = type;
    this.message = message;
    this.ctx = ctx;
  }
}

export function text({
  min,
  pattern,
}: { min?: number; pattern?: Pick<RegExp, 'source' | 'test'> } = {}) {
  return field((value) => {
    if (typeof value !== 'string')
      return new Refusal('string_type', 'Input should be a valid string');
    if (min !== undefined && value.length < min) {
      const message = `String should have at least ${min} character${min === 1 ? '' : 's'}`;
      return new Refusal('string_too_short', message, { min_length: min });
    }
    if (pattern !== undefined && !pattern.test(value)) {
      const message = `String should match pattern '${pattern.source}'`;
      return new Refusal('string_pattern_mismatch', message, { pattern: pattern.source });
    }
    return value;
  });
}

/** A whole number; `2.0`, `"3"` and booleans are accepted. */
export function int({ gt, ge, le }: { gt?: number; ge?: number; le?: number } = {}) {
  return field((value) => {
    const number = toInt(value);
    if (number instanceof Refusal) return number;
    if (gt !== undefined && number <= gt) {
      return new Refusal('greater_than', `Input should be greater than ${gt}`, { gt });
    }
    if (ge !== undefined && number < ge) {
      const message = `Input should be greater than or equal to ${ge}`;
      return new Refusal('greater_than_equal', message, { ge });
    }
    if (le !== undefined && number > le) {
      const message = `Input should be less than or equal to ${le}`;
      return new Refusal('less_than_equal', message, { le });
    }
    return number;
  });
}

/** Any number; a number in a string, and booleans, are accepted. */
export function float() {
  return field((value) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value !== 'string') {
      return new Refusal('float_type', 'Input should be a valid number');
    }
    return /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value)
      ? Number(value)
      : new Refusal(
          'float_parsing',
          'Input should be a valid number, unable to parse string as a number',
        );
  });
}

export function bool() {
  return field((value) =>
    typeof value === 'boolean'
      ? value
      : new Refusal('bool_type', 'Input should be a valid boolean'),
  );
}

export function literal<const T extends string>(...values: T[]) {
  const quoted = values.map((value) => `'${value}'`);
  const expected = [quoted.slice(0, -1).join(', '), ...quoted.slice(-1)]
    .filter((part) => part !== '')
    .join(' or ');
  return field(
    (value) =>
      values.find((candidate) => candidate === value) ??
      new Refusal('literal_error', `Input should be ${expected}`, { expected }),
  );
}

/** An ISO 8601 time, UTC without a time zone, or Unix seconds. */
export function datetime() {
  return field((value) => {
    const refusal = new Refusal(
      'datetime_from_date_parsing',
      'Input should be a valid datetime or date, input is too short',
      { error: 'input is too short' },
    );
    if (typeof value !== 'string' && typeof value !== 'number') {
      return new Refusal('datetime_type', 'Input should be a valid datetime');
    }
    const date = typeof value === 'number' ? new Date(value * 1000) : new Date(inUtc(value));
    return Number.isNaN(date.getTime()) ? refusal : date;
  });
}

/** Absent, `null`, or a value; parsed to `null` if absent. */
export function orNull<T>(schema: z.ZodType<T>) {
  return schema.nullish().transform((value) => value ?? null);
}

export function nonEmptyList<T>(item: z.ZodType<T>) {
  return z.array(item).check((ctx) => {
    if (ctx.value.length > 0) return;
    ctx.issues.push({
      code: 'custom',
      input: ctx.value,
      message: 'List should have at least 1 item after validation, not 0',
      params: {
        type: 'too_short',
        ctx: { field_type: 'List', min_length: 1, actual_length: 0 },
      },
    });
  });
}

function field<T>(read: (value: unknown) => T | Refusal) {
  return z.unknown().transform((value, ctx): T => {
    const result = read(value);
    if (!(result instanceof Refusal)) return result;
    const { type, message, ctx: details } = result;
    ctx.issues.push({ code: 'custom', input: value, message, params: { type, ctx: details } });
    return z.NEVER;
  });
}

function toInt(value: unknown): number | Refusal {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') {
    if (/^\s*[+-]?\d+(_\d+)*(\.0+)?\s*$/.test(value)) return Number(value.replaceAll('_', ''));
    return new Refusal(
      'int_parsing',
      'Input should be a valid integer, unable to parse string as an integer',
    );
  }
  if (typeof value !== 'number') return new Refusal('int_type', 'Input should be a valid integer');
  if (Number.isInteger(value)) return value;
  return new Refusal(
    'int_from_float',
    'Input should be a valid integer, got a number with a fractional part',
  );
}

function inUtc(time: string): string {
  const zoneless = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(time);
  return zoneless ? `${time.replace(' ', 'T')}Z` : time;
}
