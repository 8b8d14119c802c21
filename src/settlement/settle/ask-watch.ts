import type { CallWatch } from '../../internal/call-watch';
import type { FinishedGeneration } from '../../internal/finished-generation';
import type { Outcome } from '../state/settlement-state';
import type { ActiveHold } from '../hold/active-hold';
import { beforeLapse } from '../outcome/judge-delivery';

/**
 * Asks whoever watches the call whether its answer is accepted. What is refused is refunded; a watch that
 * throws, or does not come to an end, refuses. Never throws.
 */
export async function askWatch(
  watch: CallWatch | undefined,
  judged: Outcome,
  {
    generation,
    payment: { hold, now },
    reported,
  }: {
    generation: FinishedGeneration | undefined;
    payment: ActiveHold;
    /** How the call ended for its caller. */
    reported: Outcome;
  },
): Promise<Outcome> {
  // An answer that nobody gets is nobody's to judge.
  if (watch === undefined || generation === undefined || reported.type === 'failed') return judged;
  if (judged.type === 'failed') return judged;
  const isQuestion = judged.type === 'paused' || reported.type === 'paused';
  const ask = async () => watch.verify(generation, { isQuestion });
  const isAccepted = await beforeLapse(hold, now, ask()).catch(() => false);
  return isAccepted ? judged : { type: 'failed', reason: 'verification-failed' };
}
