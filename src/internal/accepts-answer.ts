import { safeValidateTypes, type FlexibleSchema, type LazySchema } from '@ai-sdk/provider-utils';
import type { FinishedGeneration } from './finished-generation';

type VerifyFunction = (generation: FinishedGeneration) => boolean | Promise<boolean>;
type VerifySchema = Exclude<FlexibleSchema<unknown>, LazySchema<unknown>>;

/**
 * Whether an answer is worth its price: a function, or a schema (zod, any Standard Schema, the AI
 * SDK's `jsonSchema`). A schema is given the answer's data part, all of them in a list when there are
 * several, else its text as JSON (of `Output.array` and `Output.choice` also the list or word alone),
 * else its text.
 */
export type Verify = VerifyFunction | VerifySchema;

/** @throws what `verify` throws. */
export async function acceptsAnswer(
  verify: Verify,
  generation: FinishedGeneration,
): Promise<boolean> {
  if (!isSchema(verify)) return await verify(generation);
  const schema: FlexibleSchema<unknown> = verify;
  for (const value of valuesOf(generation)) {
    const { success } = await safeValidateTypes({ value, schema });
    if (success) return true;
  }
  return false;
}

/** Whether it is one at all. A schema of the AI SDK without `validate` takes every answer. */
export function isVerify(value: unknown): value is Verify {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  const isOfAISDK = Symbol.for('vercel.ai.schema') in value && 'validate' in value;
  return '~standard' in value || (isOfAISDK && typeof value.validate === 'function');
}

/** What an option that is none has to be. */
export const verifyMessage =
  'must be a function, or a schema that validates: zod, any Standard Schema, or jsonSchema(…, { validate })';

// Some libraries' schemas are functions.
function isSchema(verify: Verify): verify is VerifySchema {
  return typeof verify === 'object' || '~standard' in verify;
}

/** What the agent answered; and, where that was put into an object for the AI SDK, what is in it. */
function valuesOf({ data, text }: FinishedGeneration): unknown[] {
  if (data.length > 0) return [data.length === 1 ? data[0] : data];
  const value = parse(text);
  const isWrapped = typeof value === 'object' && value !== null && !Array.isArray(value);
  const [inner, ...others] = isWrapped ? Object.entries(value) : [];
  const isWrapping = inner !== undefined && others.length === 0 && wrappers.has(inner[0]);
  return isWrapping ? [value, inner[1]] : [value];
}

/** `Output.array` and `Output.choice`. */
const wrappers = new Set(['elements', 'result']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
