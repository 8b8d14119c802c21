import { TaskState } from '@a2a-js/sdk';
import { advanceSale } from './advance-sale';
import { eventsToJson, type HeldBack } from './hold-back';
import { unsettledOf } from './payment-challenge';
import { refundWaitingSale } from './refund-sale';
import type { SaleTurn } from './sale-turn';
import { settleSale } from './settle-sale';
import { withMetadata } from './task-events';
import type { VerifiedSale } from './verify-sale';

/** Handles the end of the work: a request for input, the settlement, or the refund. */
export async function concludeSale(
  turn: SaleTurn,
  { open, verified }: VerifiedSale,
  { artifacts, end, question }: HeldBack,
  whenPaid: () => Promise<void>,
): Promise<void> {
  const { bus, desk, taskId } = turn;
  if (end === undefined && question !== undefined && (await turn.isCanceled()) !== true) {
    const made = [...open.artifacts, ...eventsToJson(artifacts)];
    await turn.put(advanceSale(open, { type: 'asked', artifacts: made }).sale);
    if ((await turn.isCanceled()) !== true) return bus.publish(question);
    // A cancel before this point found no waiting payment to refund.
    await turn.quietly(() => refundWaitingSale(taskId, desk));
    return turn.tellCanceled();
  }
  const decision = end?.type === 'completed' ? await turn.decideEnd() : 'failed';
  if (end !== undefined && decision === 'settling') {
    const events = [...artifacts, end.event];
    return settleSale(turn, { open, verified }, events, whenPaid);
  }
  const metadata = await turn.refund(open, verified);
  if (decision === 'canceled') turn.tellCanceled(metadata);
  else if (decision === 'unknown') {
    await turn.fail(unsettledOf({ status: 'unsettled', metadata }));
  } else if (end !== undefined) bus.publish(withMetadata(end.event, metadata));
  else turn.tell({ ...noAnswer, metadata });
}

const noAnswer = { state: TaskState.TASK_STATE_FAILED, text: 'The agent ended without an answer.' };
