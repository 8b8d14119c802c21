import { safeValidateTypes, type FlexibleSchema, type LazySchema } from '@ai-sdk/provider-utils';
import type { FinishedGeneration } from './finished-generation';

type VerifyFunction = (generation: FinishedGeneration) => boolean | Promise<boolean>;
type VerifySchema = Exclude<FlexibleSchema<unknown>, LazySchema<unknown>>;

/**
 * Decides whether an answer is accepted: a function, or a schema (zod, any Standard Schema, or the AI SDK's
 * `jsonSchema`). The schema validates the answer's data part, or the list of all data parts if there are
 * several. Without data parts it validates the text parsed as JSON (for `Output.array` and `Output.choice`
 * also the unwrapped list or value), otherwise the text itself.
 */
export type Verify = VerifyFunction | VerifySchema;

/** @throws whatever `verify` throws. */
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

/**
 * Whether a value is a valid `verify` option. An AI SDK schema without `validate` would accept every answer.
 */
export function isVerify(value: unknown): value is Verify {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  const isOfAISDK = Symbol.for('vercel.ai.schema') in value && 'validate' in value;
  return '~standard' in value || (isOfAISDK && typeof value.validate === 'function');
}

/** The error message for an invalid `verify` option. */
export const verifyMessage =
  'must be a function, or a schema that validates: zod, any Standard Schema, or jsonSchema(…, { validate })';

// Some libraries' schemas are functions.
function isSchema(verify: Verify): verify is VerifySchema {
  return typeof verify === 'object' || '~standard' in verify;
}

/** The agent's answer, and its unwrapped value if the AI SDK's output format wrapped it in an object. */
function valuesOf({ data, text }: FinishedGeneration): unknown[] {
  if (data.length > 0) return [data.length === 1 ? data[0] : data];
  const value = parse(text);
  const isWrapped = typeof value === 'object' && value !== null && !Array.isArray(value);
  const [inner, ...others] = isWrapped ? Object.entries(value) : [];
  const isWrapping = inner !== undefined && others.length === 0 && wrappers.has(inner[0]);
  return isWrapping ? [value, inner[1]] : [value];
}

/** The wrapper keys of `Output.array` and `Output.choice`. */
const wrappers = new Set(['elements', 'result']);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
