import type { JSONValue, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { isJsonObject } from './is-json-object';

/** The requested JSON, as far as it helps to distinguish the answer from other text. */
export type JsonShape =
  | { type: 'any' }
  /** `Output.array`: the list is the only property of an object. Agents answer with the list alone. */
  | { type: 'list'; key: string }
  /** `Output.choice`: the chosen word is the only property of an object. Agents answer with the word alone. */
  | { type: 'choice'; key: string; options: string[] }
  | { type: 'object'; properties: string[]; required: string[] };

const objectSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});
const listSchema = z.looseObject({ type: z.literal('array') });
const choiceSchema = z.looseObject({ enum: z.array(z.string()).min(1) });

/** Undefined if the caller did not request JSON. */
export function readJsonShape(
  format: LanguageModelV4CallOptions['responseFormat'],
): JsonShape | undefined {
  if (format?.type !== 'json') return undefined;
  const schema = objectSchema.safeParse(format.schema);
  if (!schema.success) return { type: 'any' };
  const { properties, required } = schema.data;
  const [[key, property] = [], ...others] = Object.entries(properties);
  if (key !== undefined && others.length === 0) {
    const choice = choiceSchema.safeParse(property);
    if (choice.success) return { type: 'choice', key, options: choice.data.enum };
    if (listSchema.safeParse(property).success) return { type: 'list', key };
  }
  return { type: 'object', properties: Object.keys(properties), required };
}

/**
 * The value of an answer that matches the caller's schema; undefined if none does. If several match, the last
 * one: agents state their result last.
 */
export function fitJson(values: JSONValue[], shape: JsonShape): JSONValue | undefined {
  switch (shape.type) {
    case 'any':
      return values.length > 1 ? values : values[0];
    case 'list': {
      const { key } = shape;
      const wrapped = values.findLast((value) => isJsonObject(value) && Array.isArray(value[key]));
      if (wrapped !== undefined || values.length === 0) return wrapped;
      return { [key]: values.findLast((value) => Array.isArray(value)) ?? values };
    }
    case 'choice': {
      const { key, options } = shape;
      // An agent that does not know the exact words starts a sentence with one.
      const optionOf = (value: unknown) =>
        options.find((option) => option === value) ??
        options.find((option) => option.toLowerCase() === String(value).toLowerCase());
      const lastOf = (found: unknown[]) =>
        found.map(optionOf).findLast((option) => option !== undefined);
      const option =
        lastOf(values.filter((value) => isJsonObject(value)).map((value) => value[key])) ??
        lastOf(values.flatMap((value) => (isJsonObject(value) ? Object.values(value) : [value])));
      return option === undefined ? undefined : { [key]: option };
    }
    case 'object': {
      const { required } = shape;
      return values
        .flatMap((value) => (Array.isArray(value) ? value : [value]))
        .findLast(
          (value) => isJsonObject(value) && required.every((name) => Object.hasOwn(value, name)),
        );
    }
  }
}
