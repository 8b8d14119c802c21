import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type {
  HoldRequest,
  MessageDecoration,
  PaymentChallenge,
  SettlementError,
  SettlementRail,
} from '../../rails/rail';
import { compareAmounts } from '../../internal/decimal';
import { isWaitingState, type TaskAnswer } from '../outcome/agent-answer';
import { costOf, type SettlementReceipt } from '../state/settlement-receipt';
import { unlessAborted } from '../../internal/unless-aborted';
import type { TaskTurn } from '../hold/task-turns';
import { assertListed } from '../plan/assert-allowed';
import { limitsInForce, noLimit } from '../plan/currency-limits';
import type { FirstAnswer } from './first-answer';
import type { Arrangement, SettledCall } from './settlement-middleware';
import { arrangeHeld } from './arrange-held';
import { arrangeFree, arrangeWithout } from './arrange-unpaid';
import type { Arranging } from './arranging';
import { cancelWaiting } from './cancel-waiting';
import { notConfigured } from '../plan/choose-rail';
import { conversationOf } from '../hold/conversation-of';
import type { PaidPlan } from '../plan/payment-plan';
import { continueTask, decorateParams } from './call-params';

interface Asking {
  /** What the call was held for before, as far as that may have been taken. */
  earlier?: SettlementReceipt | undefined;
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
  // Nothing was sent yet.
  if (abortSignal?.aborted === true) return paid;
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
  const refuse = () =>
    paid.settle({ type: 'failed', reason: 'payment-refused' }, undefined, answer);
  let pay: Pay<RESULT> | undefined;
  try {
    pay = readChallenge(arranging, call, answer);
  } catch (error) {
    await refuse();
    throw error;
  }
  if (pay === undefined) {
    // What no rail can pay is asked for all the same: else the call ends under the hold.
    if (isChallenge(arranging, answer)) await refuse();
    return { ...paid, answered: result };
  }
  const earlier = await refuse();
  // The turn has ended with the first message.
  const next = await pay({ earlier, plan, requestFor, turn: undefined }, first);
  return { ...next, settle: async (...end) => withEarlier(await next.settle(...end), earlier) };
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
  let refused: { error: unknown } | undefined;
  for (const rail of askingRails(arranging)) {
    const hasLimit = (code: string) => limitsInForce(limits, rail, code) !== undefined;
    let challenge: PaymentChallenge | undefined;
    try {
      challenge = rail.challenge?.(answer, { hasLimit });
    } catch (error) {
      // The next rail may take what this one refuses.
      refused ??= { error };
    }
    if (challenge === undefined) continue;
    const { code } = challenge.currency;
    if (hasLimit(code)) return (asking, first) => pay({ ...asking, rail, challenge, first });
    unlimited ??= code;
  }
  if (unlimited === undefined && refused === undefined) {
    const lacking = unableToPay(arranging, answer);
    return lacking && (async ({ plan }, first) => goOnUnpaid(lacking, { plan, first }));
  }
  cancel();
  throw refused === undefined ? noLimit(model.modelId, unlimited) : refused.error;

  /** @throws SettlementError where the call may not go on. The task that waits is canceled then. */
  function goOnUnpaid(
    error: SettlementError,
    { first, plan }: { first: FirstAnswer<RESULT>; plan: PaidPlan },
  ): Arrangement<RESULT> {
    const { modelId: agent } = model;
    try {
      const unpaid = arrangeWithout(error, { agent, arranging, params, plan });
      return { ...unpaid, answered: first.result };
    } catch (failure) {
      cancel();
      throw failure;
    }
  }

  async function pay({
    challenge,
    earlier,
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
          spent: earlier?.currency === challenge.currency.code ? costOf(earlier) : undefined,
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

/** A call that was held for twice has one receipt, of what came last; nothing that was spent is left out. */
function withEarlier(last: SettlementReceipt, earlier: SettlementReceipt): SettlementReceipt {
  const isLost = last.status === 'unsettled' && compareAmounts(costOf(earlier), 0) > 0;
  return isLost ? earlier : { ...last, earlier: [earlier] };
}

/** Milliseconds that the model has after an abort to end by itself. */
const graceMs = 5000;

/** Whether the agent asks for anything, whatever the limits. */
function isChallenge(arranging: Arranging, answer: TaskAnswer | undefined): boolean {
  if (answer === undefined) return false;
  return askingRails(arranging).some((rail) => {
    try {
      return rail.challenge?.(answer, { hasLimit: () => true }) !== undefined;
    } catch {
      // It asks for something, and this rail says what stands against it.
      return true;
    }
  });
}

/** Why a rail that reads what the agent asks for cannot pay it. */
function unableToPay(
  { options: { rails } }: Arranging,
  answer: TaskAnswer,
): SettlementError | undefined {
  for (const rail of rails) {
    const error = notConfigured(rail);
    if (error === undefined) continue;
    try {
      if (rail.challenge?.(answer, { hasLimit: () => true }) !== undefined) return error;
    } catch {
      return error;
    }
  }
  return undefined;
}

function askingRails({ options: { rails } }: Arranging): SettlementRail[] {
  return rails.filter((rail) => rail.challenge !== undefined && notConfigured(rail) === undefined);
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
