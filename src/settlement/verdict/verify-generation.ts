import { safeValidateTypes, type FlexibleSchema, type LazySchema } from '@ai-sdk/provider-utils';
import { SettlementError } from '../../rails/rail';
import type { FinishedGeneration } from '../core/finished-generation';

type VerifyFunction = (generation: FinishedGeneration) => boolean | Promise<boolean>;
type VerifySchema = Exclude<FlexibleSchema<unknown>, LazySchema<unknown>>;

/**
 * Whether an answer is worth its price: a function, or a schema (zod, any Standard Schema, the AI
 * SDK's `jsonSchema`). A schema is given the answer's data part, all of them in a list when there are
 * several, else its text as JSON (of `Output.array` and `Output.choice` also the list or word alone),
 * else its text.
 */
export type Verify = VerifyFunction | VerifySchema;

/** @throws SettlementError `VERIFY_FAILED` when `verify` itself fails. */
export async function verifyGeneration(
  verify: Verify,
  generation: FinishedGeneration,
): Promise<boolean> {
  try {
    if (!isSchema(verify)) return await verify(generation);
    const schema: FlexibleSchema<unknown> = verify;
    for (const value of valuesOf(generation)) {
      const { success } = await safeValidateTypes({ value, schema });
      if (success) return true;
    }
    return false;
  } catch (cause) {
    throw new SettlementError({
      code: 'VERIFY_FAILED',
      message: `\`verify\` failed on an answer of agent "${generation.agent}", which is not paid for.`,
      cause,
    });
  }
}

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
