import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { nearestName } from './nearest-name';

/** A schema for each option of a type. A missing or wrongly typed schema does not compile. */
export type ShapeOf<OPTIONS> = {
  // Over `keyof OPTIONS` itself, the type would distribute over a union of options.
  [NAME in Exclude<keyof OPTIONS, never>]: z.ZodType<Exclude<OPTIONS[NAME], undefined>>;
};

/** A strict object schema for these options. Options that are not in `required` are optional. */
export function optionsOf<OPTIONS extends object>(
  shape: ShapeOf<OPTIONS>,
  required?: (keyof OPTIONS & string)[],
  what?: string,
): z.ZodType<OPTIONS>;
export function optionsOf(
  shape: Record<string, z.ZodType>,
  required: string[] = [],
  what?: string,
): z.ZodType {
  const names = Object.keys(shape);
  const known = names.join(', ');
  const given = Object.entries(shape).map(([name, schema]) => [
    name,
    required.includes(name) ? schema : schema.optional(),
  ]);
  return z.strictObject(Object.fromEntries(given), {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((name) => noOption(name, names)).join(', ') + ` Known are: ${known}`
        : `must be ${what ?? `an object with any of: ${known}`}`,
  });
}

/** Picks the options that a schema knows from checked options, since each schema is strict. */
export function partOf<OPTIONS extends object>(
  options: OPTIONS,
  shape: Record<keyof OPTIONS, unknown>,
): OPTIONS;
export function partOf(options: object, shape: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(shape, name)));
}

export const oneOf = <const VALUE extends string>(...values: VALUE[]) =>
  z.enum(values, `must be one of: ${values.join(', ')}`);

export const number = (what: string, isValid: (value: number) => boolean) =>
  z.custom<number>((value) => typeof value === 'number' && isValid(value), `must be ${what}`);

export const wholeFrom = (least: number) =>
  number(`a whole number >= ${least}`, (value) => Number.isInteger(value) && value >= least);

export const milliseconds = number('a number of milliseconds >= 0', (value) => value >= 0);

export const flag = z.boolean('must be true or false');

export const text = z.string('must be a string').min(1, 'must be a non-empty string');

/** Accepts any function, regardless of its parameters. */
export const functionOf = <FUNCTION>() =>
  z.custom<FUNCTION>((value) => typeof value === 'function', 'must be a function');

/** An object or a function that has these methods. */
export const having = <VALUE>(what: string, ...methods: string[]) =>
  z.custom<VALUE>((value) => lacking(value, methods).length === 0, {
    error: ({ input }) => `must be ${what}: it is missing ${lacking(input, methods).join(', ')}`,
  });

function lacking(value: unknown, methods: string[]): string[] {
  const target = typeof value === 'object' || typeof value === 'function' ? value : undefined;
  return methods.filter((name) => typeof (target && Reflect.get(target, name)) !== 'function');
}

/**
 * @throws InvalidArgumentError naming each unknown or invalid option. Values are not included, since they may
 * be secrets.
 */
export function assertOptions(
  schema: z.ZodType,
  options: unknown,
  {
    at = '',
    before = '',
    of = '',
  }: {
    at?: string;
    before?: string;
    /** The name of the function that takes the options. */
    of?: string;
  } = {},
): void {
  const issues = schema.safeParse(options).error?.issues.flatMap(innermost);
  if (issues === undefined) return;
  const [first = { path: [] }] = issues;
  throw new InvalidArgumentError({
    argument: nameOf(at, first.path) || 'options',
    message: `${before}${issues.map(({ message, path }) => `${nameOf(at, path) || subject(message)} ${message}`.trim()).join('. ')}.`,
  });

  function subject(message: string): string {
    if (of === '') return '';
    return message.startsWith('has ') ? `\`${of}\`` : `The options of \`${of}\``;
  }
}

/** For a union: the issues of its last member, which is the one with options of its own. */
function innermost(issue: z.core.$ZodIssue): Pick<z.core.$ZodIssue, 'message' | 'path'>[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inner = issue.errors.at(-1) ?? [];
  return inner.flatMap(innermost).map(({ message, path }) => ({
    message,
    path: [...issue.path, ...path],
  }));
}

function nameOf(at: string, path: PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    const key = String(part);
    if (!/^[a-z]\w*$/i.test(key)) return `${name}[${JSON.stringify(key)}]`;
    return name === '' ? key : `${name}.${key}`;
  }, at);
}

function noOption(name: string, known: string[]): string {
  const nearest = nearestName(name, known);
  return `has no option \`${name}\`.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`;
}
