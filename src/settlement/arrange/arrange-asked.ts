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
import type { FirstAnswer } from '../middleware/first-answer';
import type { Arrangement, SettledCall } from '../middleware/settlement-middleware';
import { arrangeHeld } from './arrange-held';
import { arrangeFree } from './arrange-unpaid';
import type { Arranging } from './arranging';
import { cancelWaiting } from './cancel-waiting';
import { continueTask } from './continue-task';
import { conversationOf } from './conversation-of';
import { decorateParams } from './decorate-params';
import type { PaidPlan } from './payment-plan';

interface Asking {
  plan: PaidPlan;
  requestFor: (challenge: PaymentChallenge) => HoldRequest;
  turn: TaskTurn | undefined;
}

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
  asking: Asking,
): Promise<Arrangement<RESULT>> {
  const { options } = arranging;
  const { model, params } = call;
  assertListed(model.modelId, {}, options);
  const decorated = offer(params, askingRails(arranging));
  const first = await unlessAborted(params.abortSignal, call.askFirst(decorated), { graceMs });
  const pay = readChallenge(arranging, call, first.answer);
  return pay === undefined
    ? { ...arrangeFree(params), answered: first.result }
    : pay(asking, first);
}

/**
 * Sends the message of a call that is paid already. An agent that does not take it for paid is asked no
 * more than once: what it was given is taken back, as far as that goes, and what it asks for is held.
 *
 * @throws as `arrangeAsked`.
 */
export async function arrangeRefusable<RESULT>(
  arranging: Arranging,
  call: SettledCall<RESULT>,
  { paid, plan, requestFor }: Omit<Asking, 'turn'> & { paid: Arrangement },
): Promise<Arrangement<RESULT>> {
  const { abortSignal } = call.params;
  let first: FirstAnswer<RESULT>;
  try {
    first = await unlessAborted(abortSignal, call.askFirst(paid.params), { graceMs });
  } catch (error) {
    return {
      ...paid,
      answered() {
        throw error;
      },
    };
  }
  const { answer, result } = first;
  let pay: Pay<RESULT> | undefined;
  try {
    pay = readChallenge(arranging, call, answer);
  } finally {
    // Else the call ends under it.
    const isLeft = pay !== undefined || isChallenge(arranging, answer);
    if (isLeft) await paid.settle({ type: 'failed', reason: 'payment-refused' }, undefined, answer);
  }
  if (pay === undefined) return { ...paid, answered: result };
  // The turn has ended with the first message.
  return pay({ plan, requestFor, turn: undefined }, first);
}

type Pay<RESULT> = (asking: Asking, first: FirstAnswer<RESULT>) => Promise<Arrangement<RESULT>>;

/**
 * Pays what the agent asks for, on the first rail that can, with a second message.
 *
 * @returns undefined when it asks for nothing that any rail can pay.
 * @throws SettlementError `NO_LIMIT` when only a limit is missing. The task is canceled then.
 */
function readChallenge<RESULT>(
  arranging: Arranging,
  { model, params }: SettledCall<RESULT>,
  answer: TaskAnswer | undefined,
): Pay<RESULT> | undefined {
  if (answer === undefined) return undefined;
  const { limits = {}, waitUntil } = arranging.options;
  let unlimited: string | undefined;
  for (const rail of askingRails(arranging)) {
    const hasLimit = (code: string) => limitsInForce(limits, rail, code) !== undefined;
    const challenge = rail.challenge?.(answer, { hasLimit });
    if (challenge === undefined) continue;
    const { code } = challenge.currency;
    if (hasLimit(code)) return (asking, first) => pay({ ...asking, rail, challenge, first });
    unlimited ??= code;
  }
  if (unlimited === undefined) return undefined;
  cancel();
  throw noLimit(model.modelId, unlimited);

  async function pay({
    challenge,
    first,
    plan,
    rail,
    requestFor,
    turn,
  }: Asking & {
    challenge: PaymentChallenge;
    first: FirstAnswer<RESULT>;
    rail: SettlementRail;
  }): Promise<Arrangement<RESULT>> {
    // A task that has ended, and one that never was, is begun anew.
    const { contextId, taskId } = isWaitingState(answer?.state) ? (answer ?? {}) : {};
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
        ? { ...arrangement, answered: first.result }
        : arrangement;
    } catch (error) {
      cancel();
      throw error;
    }
  }

  /** Not waited for: the caller should not wait for an agent that is not paid. */
  function cancel(): void {
    if (answer?.taskId === undefined || !isWaitingState(answer.state)) return;
    cancelWaiting(model, answer.taskId, { params, waitUntil });
  }
}

/** Milliseconds that the model has after an abort to end by itself. */
const graceMs = 5000;

/** Whether the agent asks for anything, whatever the limits. */
function isChallenge(arranging: Arranging, answer: TaskAnswer | undefined): boolean {
  if (answer === undefined) return false;
  return askingRails(arranging).some(
    (rail) => rail.challenge?.(answer, { hasLimit: () => true }) !== undefined,
  );
}

function askingRails({ options: { rails } }: Arranging): SettlementRail[] {
  return rails.filter((rail) => {
    if (rail.challenge === undefined) return false;
    try {
      rail.assertConfigured();
      return true;
    } catch {
      return false;
    }
  });
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
