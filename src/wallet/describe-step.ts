import { addAmounts } from '../internal/decimal';
import type { HoldStep, HoldStory } from './hold-story';
import { showAmount } from './show-amount';
import { showLocalTime, type ShowTime } from './show-time';

/**
 * Says where the money of a hold is after one step: `10 ATE + 1 fee paid to the agent`.
 *
 * @param showTime Default: the language and the time zone of this machine.
 */
export function describeStep(
  hold: HoldStory,
  step: HoldStep,
  showTime: ShowTime = showLocalTime,
): string {
  const { amount, currency, expiresAt, fee, rail } = hold;
  const show = (value: string) => `${showAmount(value)} ${currency}`;
  const total = show(String(addAmounts(amount, fee)));
  const paid = show(step.captured ?? amount);
  const withFee = step.fee === '0' ? paid : `${paid} + ${showAmount(step.fee)} fee`;
  const back = step.returned === undefined ? total : show(step.returned);
  switch (step.status) {
    case 'held':
      return rail === 'a2a-se' ? `${total} in escrow` : `${total} authorized`;
    case 'released':
      return `${withFee} paid to the agent`;
    case 'partially-released':
      return `${withFee} paid to the agent, ${back} returned`;
    case 'refunded':
      return `${back} returned${reasonOf(step.reason)}`;
    case 'kept':
      return `${total} stay held until the task ends`;
    case 'taken':
      return `${paid} taken by the agent${reasonOf(step.reason)}`;
    case 'overcharged':
      return `${paid} taken, ${show(amount)} agreed`;
    case 'pending':
      return `${total} may be taken until ${showTime(expiresAt)}`;
    case 'disputed':
      return `${total} frozen until an operator decides${reasonOf(step.reason)}`;
    case 'late':
      return `${back} returned: the hold had expired`;
    default:
      return step.error === undefined
        ? `${total} not settled yet`
        : `${total} not settled yet: ${step.error}`;
  }
}

function reasonOf(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reasons.get(reason) ?? reason}`;
}

const reasons = new Map([
  ['aborted', 'the call was stopped'],
  ['error', 'an error'],
  ['not-dispatched', 'the agent never got the message'],
  ['nothing-used', 'the agent used nothing'],
  ['payment-refused', 'the agent refused the payment'],
  ['stream-cut', 'the answer broke off'],
  ['superseded', 'another hold paid for it'],
  ['task-canceled', 'the task was canceled'],
  ['task-failed', 'the agent failed'],
  ['task-rejected', 'the agent declined'],
  ['unreachable', 'the agent could not be reached'],
  ['verification-failed', 'the answer was refused'],
]);
