import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type {
  HoldRequest,
  MessageDecoration,
  PaymentChallenge,
  SettlementRail,
} from '../../rails/rail';
import { isWaitingState, type TaskAnswer } from '../core/agent-answer';
import { unlessAborted } from '../core/unless-aborted';
import type { TaskTurn } from '../hold/task-turns';
import { assertListed } from '../limits/assert-allowed';
import { limitsInForce, noLimit } from '../limits/currency-limits';
import type { Arrangement, SettledCall } from '../middleware/settlement-middleware';
import { arrangeHeld } from './arrange-held';
import { arrangeFree } from './arrange-unpaid';
import type { Arranging } from './arranging';
import { cancelWaiting } from './cancel-waiting';
import { continueTask } from './continue-task';
import { conversationOf } from './conversation-of';
import { decorateParams } from './decorate-params';
import type { PaidPlan } from './payment-plan';

/**
 * Sends a message that pays nothing. What the agent asks for in its answer is held once limits and
 * approval agree to it, and the call goes on, with that, on the task that waits. There is no third message.
 *
 * @throws SettlementError from limits and approval. The task that waits is canceled then.
 * @throws what the model throws when that asks for nothing that can be paid.
 */
export async function arrangeAsked<RESULT>(
  arranging: Arranging,
  call: SettledCall<RESULT>,
  plan: PaidPlan,
  {
    requestFor,
    turn,
  }: { requestFor: (challenge: PaymentChallenge) => HoldRequest; turn: TaskTurn | undefined },
): Promise<Arrangement<RESULT>> {
  const { options } = arranging;
  const { model, params } = call;
  const { modelId: agent } = model;
  const rails = options.rails.filter(isAsking);
  assertListed(agent, {}, options);
  const first = await unlessAborted(params.abortSignal, call.askFirst(offer(params, rails)), {
    graceMs,
  });
  const { answer } = first;
  const pass = () => ({ ...arrangeFree(params), result: first.result() });
  if (answer === undefined) return pass();

  const limits = options.limits ?? {};
  let unlimited: string | undefined;
  for (const rail of rails) {
    const hasLimit = (code: string) => limitsInForce(limits, rail, code) !== undefined;
    const challenge = rail.challenge?.(answer, { hasLimit });
    if (challenge === undefined) continue;
    const { code } = challenge.currency;
    if (hasLimit(code)) return pay(rail, challenge, answer);
    unlimited ??= code;
  }
  if (unlimited === undefined) return pass();
  cancel(answer);
  throw noLimit(agent, unlimited);

  async function pay(
    rail: SettlementRail,
    challenge: PaymentChallenge,
    asked: TaskAnswer,
  ): Promise<Arrangement<RESULT>> {
    // A task that has ended, and one that never was, is begun anew.
    const { contextId, taskId } = isWaitingState(asked.state) ? asked : {};
    const task = taskId === undefined ? undefined : { taskId, contextId };
    const continued = { model, params: continueTask(params, task) };
    try {
      const arrangement = await arrangeHeld(
        arranging,
        continued,
        { ...plan, rail },
        {
          request: requestFor(challenge),
          metering: undefined,
          warnings: [],
          conversation: await conversationOf(model, continued.params),
          turn,
        },
      );
      // Who cannot pay has nothing to say to an agent that waits for it.
      return arrangement.lapsesAt === undefined
        ? { ...arrangement, result: first.result() }
        : arrangement;
    } catch (error) {
      cancel(asked);
      throw error;
    }
  }

  /** Not waited for: the caller should not wait for an agent that he does not pay. */
  function cancel({ state, taskId }: TaskAnswer): void {
    if (taskId === undefined || !isWaitingState(state)) return;
    cancelWaiting(model, taskId, options.waitUntil);
  }
}

/** Milliseconds that the model has after an abort to end by itself. */
const graceMs = 5000;

function isAsking(rail: SettlementRail): boolean {
  if (rail.challenge === undefined) return false;
  try {
    rail.assertConfigured();
    return true;
  } catch {
    return false;
  }
}

/** Says to the agent in which ways it may ask. */
function offer(
  params: LanguageModelV4CallOptions,
  rails: readonly SettlementRail[],
): LanguageModelV4CallOptions {
  return rails
    .map((rail) => rail.decorateOffer?.({}))
    .filter((decoration): decoration is MessageDecoration => decoration !== undefined)
    .reduce(decorateParams, params);
}
