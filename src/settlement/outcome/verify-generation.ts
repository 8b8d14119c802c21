import { acceptsAnswer, type Verify } from '../../internal/accepts-answer';
import type { FinishedGeneration } from '../../internal/finished-generation';
import { SettlementError } from '../../rails/rail';

/** @throws SettlementError `VERIFY_FAILED` when `verify` itself fails. */
export async function verifyGeneration(
  verify: Verify,
  generation: FinishedGeneration,
): Promise<boolean> {
  try {
    return await acceptsAnswer(verify, generation);
  } catch (cause) {
    throw new SettlementError({
      code: 'VERIFY_FAILED',
      message: `\`verify\` failed on an answer of agent "${generation.agent}", which is not paid for.`,
      cause,
    });
  }
}
