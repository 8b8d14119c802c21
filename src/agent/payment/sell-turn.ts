import { TaskState } from '@a2a-js/sdk';
import type { ExecutionEventBus, RequestContext } from '@a2a-js/sdk/server';
import { awaitPayment } from '../../internal/when-paid';
import { concludeSale } from './conclude-sale';
import { ownerOf } from './end-left-task';
import type { FoundPayment } from './find-payment';
import { holdBack } from './hold-back';
import { inNewTurn, type OpenSale, type TaskOwner } from './open-sale';
import { refusalOf, refuse } from './payment-challenge';
import { saleOf } from './sale-book';
import { SaleTurn, type TurnDesk } from './sale-turn';
import { openTask } from './task-events';
import { unverifiable, type VerifiedSale, verifySale } from './verify-sale';
import { watchWork } from './watch-work';

/**
 * Processes one paid message: acquires the turn of its task, binds the payment to the task, verifies it, runs
 * the executor, settles the payment, and publishes the end. The order is the same on all machines.
 */
export async function sellTurn(
  request: RequestContext,
  bus: ExecutionEventBus,
  { accept, claim, waiting, ...desk }: TurnDesk & FoundPayment,
): Promise<void> {
  const turn = new SaleTurn(request, bus, desk);
  const owner = ownerOf(request.context);
  const open = await openSale({ accept, claim, waiting }, owner);
  let isMine: boolean;
  try {
    isMine = await desk.records.begin(turn.taskId, open);
  } catch (error) {
    desk.book.tell(error);
    return refuse(request, bus, refusalOf(accept, unverifiable));
  }
  // Another process has the turn. An event published here would be taken for the end of that turn.
  if (!isMine) return;
  // Published early, so that a client can cancel while the ledger is slow.
  bus.publish(openTask(request));
  const sold = await verifySale(turn, open, { accept, claim, waiting });
  if (sold !== undefined) await work(turn, sold);
}

async function openSale(
  { accept, claim, waiting }: FoundPayment,
  owner: TaskOwner,
): Promise<OpenSale> {
  const sale = await saleOf(accept, claim);
  const artifacts = waiting?.artifacts ?? [];
  if (waiting?.sale === sale) return inNewTurn({ ...waiting, owner, artifacts });
  return inNewTurn({
    sale,
    rail: accept.rail,
    owner,
    begunAt: new Date().toISOString(),
    expiresAt: claim.expiresAt.toISOString(),
    isVerified: false,
    isLocked: false,
    artifacts,
  });
}

async function work(turn: SaleTurn, sold: VerifiedSale): Promise<void> {
  const { bus, desk, request, taskId } = turn;
  const { acknowledgement, mayStream } = sold.verified;
  if (acknowledgement !== undefined) {
    turn.tell({ state: TaskState.TASK_STATE_WORKING, metadata: acknowledgement });
  }
  const isShown = mayStream || desk.deliver === 'stream';
  const gate = holdBack(bus, { isShown, request });
  const whenPaid = awaitPayment(request);
  const watch = watchWork({
    everyMs: desk.cancelPollMs,
    isCanceled: async () => (await turn.isCanceled()) === true,
    cancel: () => desk.executor.cancelTask(taskId, gate.bus),
    beat: () => turn.quietly(() => desk.records.beat(taskId)),
  });
  try {
    await desk.executor.execute(request, gate.bus);
  } catch (error) {
    watch.stop();
    await turn.refund(sold.open, sold.verified);
    throw error;
  }
  await concludeSale(turn, sold, gate.held, whenPaid).finally(watch.stop);
}
