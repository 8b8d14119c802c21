import type { HoldStep, HoldStory } from './hold-story';
import { sumOf } from './sum-of';

/** Says in a few words where the money of a hold is after one step. */
export function describeStep(hold: HoldStory, step: HoldStep): string {
  const { amount, currency, fee, rail } = hold;
  const total = `${sumOf([amount, fee])} ${currency}`;
  const paid = `${step.captured ?? amount} ${currency}`;
  const withFee = fee === '0' ? paid : `${paid} + ${fee} fee`;
  const back = `${step.returned ?? sumOf([amount, fee])} ${currency}`;
  switch (step.status) {
    case 'held':
      return rail === 'a2a-se' ? `${total} in escrow` : `${total} authorized`;
    case 'released':
      return `${withFee} paid to the agent`;
    case 'partially-released':
      return `${withFee} paid to the agent, ${back} returned`;
    case 'refunded':
      return `${back} returned${because(step.reason)}`;
    case 'kept':
      return `${total} stay in escrow until the task ends`;
    case 'taken':
      return `${paid} taken by the agent${because(step.reason)}`;
    case 'overcharged':
      return `${paid} taken, ${amount} ${currency} agreed`;
    case 'pending':
      return `${total} may be taken until ${timeOf(hold.expiresAt)}`;
    case 'disputed':
      return `${total} frozen until an operator decides${because(step.reason)}`;
    case 'late':
      return `${total} returned: the hold had lapsed`;
    default:
      return `${total}: not known yet, will be reconciled`;
  }
}

/** The time of day, as this browser writes it. */
export function timeOf(at: string): string {
  return new Date(at).toLocaleTimeString(undefined, { timeStyle: 'medium' });
}

const reasons: Record<string, string> = {
  aborted: 'you stopped it',
  'payment-refused': 'the agent refused the payment',
  'stream-cut': 'the answer broke off',
  'task-canceled': 'the task was canceled',
  'task-failed': 'the agent failed',
  'task-rejected': 'the agent declined',
  unreachable: 'the agent could not be reached',
  'verification-failed': 'the answer was refused',
};

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reasons[reason] ?? reason}`;
}
