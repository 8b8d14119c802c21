import { safeValidateTypes, type FlexibleSchema, type LazySchema } from '@ai-sdk/provider-utils';
import { SettlementError } from '../rails/rail';
import type { FinishedGeneration } from './finished-generation';

type VerifyFunction = (generation: FinishedGeneration) => boolean | Promise<boolean>;
type VerifySchema = Exclude<FlexibleSchema<unknown>, LazySchema<unknown>>;

/**
 * Whether an answer is worth its price: a function, or a schema (zod, any Standard Schema, the AI
 * SDK's `jsonSchema`). A schema is given the answer's data part, all of them in a list when there are
 * several, else its text as JSON, else its text.
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
    const { success } = await safeValidateTypes({ value: valueOf(generation), schema });
    return success;
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

function valueOf({ data, text }: FinishedGeneration): unknown {
  if (data.length > 0) return data.length === 1 ? data[0] : data;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
