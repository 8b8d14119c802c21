import { TaskState } from '@a2a-js/sdk';
import type {
  AgentExecutor,
  ExecutionEventBus,
  RequestContext,
  TaskStore,
} from '@a2a-js/sdk/server';
import { inSpan } from '../../internal/in-span';
import { setPaymentResponse } from '../payment-headers';
import type { AcceptedPayment, PaymentVerdict, Sale } from './accepted-payment';
import type { FoundPayment } from './find-payment';
import { eventsFromJson, eventsToJson, holdBack } from './hold-back';
import { failOverHttp, type Refusal, refusalOf, refuse, unsettledOf } from './payment-challenge';
import { readUse } from './read-use';
import { type SaleBook, type SaleSubject, saleOf } from './sale-book';
import type { OpenSale, SaleRecords } from './sale-records';
import { openTask, sayOf, type TaskUpdate, withMetadata } from './task-events';
import { watchForCancel } from './watch-for-cancel';

interface Desk {
  accepts: readonly AcceptedPayment[];
  book: SaleBook;
  cancelPollMs: number;
  deliver: 'after-settle' | 'stream';
  executor: AgentExecutor;
  /** Whether this process was asked to cancel the task. */
  isCanceling: (taskId: string) => boolean;
  records: SaleRecords;
  taskStore: TaskStore | undefined;
}

/**
 * Has one message worked for that bears a payment: the turn of its task is taken, the payment bound to the
 * task and verified, the work done, the payment settled, and the end told. In this order on all machines.
 */
export async function sellTurn(
  request: RequestContext,
  bus: ExecutionEventBus,
  { accept, claim, kept, ...desk }: Desk & FoundPayment,
): Promise<void> {
  const { taskId } = request;
  const { book, records } = desk;
  const sale = await saleOf(accept, claim);
  const before = kept?.sale === sale ? kept : undefined;
  const turnAt = new Date().toISOString();
  const open: OpenSale = {
    sale,
    rail: accept.rail,
    begunAt: before?.begunAt ?? turnAt,
    turnAt,
    expiresAt: claim.expiresAt.toISOString(),
    ...(before?.payment !== undefined && { payment: before.payment }),
    isVerified: before?.isVerified ?? false,
    isSecured: before?.isSecured ?? false,
    artifacts: kept?.artifacts ?? [],
  };
  const about: SaleSubject = { ...open, taskId };

  let isMine: boolean;
  try {
    isMine = await records.begin(taskId, open);
  } catch (error) {
    book.tell(error);
    return refuse(request, bus, refusalOf(accept, unverifiable));
  }
  // Another process works for this task, or has: whatever is told here would be taken for its end.
  if (!isMine) return;
  // Whoever waits for a slow ledger knows the task, and may cancel it.
  bus.publish(openTask(request));

  const verdict = await verify();
  if (!verdict.verified) {
    await book.note(about, 'refused', { reason: verdict.reason });
    await over();
    return tell(refusalOf(accept, verdict));
  }
  await work(verdict.sale);

  async function verify(): Promise<PaymentVerdict> {
    try {
      if ((await records.ended(taskId)) !== undefined) return { verified: false, ...ended };
      // Before it is verified: of two machines that verify it at once, both would find it good.
      if (before === undefined && !(await records.bind(accept.rail, claim, taskId))) {
        return { verified: false, ...alreadyUsed };
      }
      return await inSpan('sale.verify', spanOf(), () => claim.verify(), describeVerdict);
    } catch (error) {
      book.tell(error);
      return { verified: false, ...unverifiable };
    }
  }

  async function work(verified: Sale): Promise<void> {
    const { acknowledgement, amount, currency, isSecured, kept: payment, payer } = verified;
    // For `reconcile`, where this process dies.
    await quietly(() => records.update(taskId, { ...open, payment, isSecured, isVerified: true }));
    if (before === undefined) {
      if (kept !== undefined) await book.note({ ...kept, taskId }, 'canceled');
      await book.note(about, 'verified', { amount, currency, payer });
    }
    if (await isCanceled()) {
      await giveBack(verified);
      return bus.publish(sayOf(request, TaskState.TASK_STATE_CANCELED, {}));
    }
    if (acknowledgement !== undefined) {
      bus.publish(sayOf(request, TaskState.TASK_STATE_WORKING, { metadata: acknowledgement }));
    }
    const gate = holdBack(bus, {
      isShown: isSecured || desk.deliver === 'stream',
      request,
    });
    const watch = watchForCancel({
      everyMs: desk.cancelPollMs,
      isCanceled: () => isCanceled(),
      cancel: () => desk.executor.cancelTask(taskId, gate.bus),
    });
    try {
      await desk.executor.execute(request, gate.bus);
    } catch (error) {
      await giveBack(verified);
      throw error;
    } finally {
      watch.stop();
    }

    const { artifacts, end, question } = gate.held;
    if (end === undefined && question !== undefined && !(await isCanceled())) {
      await wait(verified, artifacts);
      return bus.publish(question);
    }
    if (end?.type !== 'completed' || (await decide()) === 'canceled') {
      const metadata = await giveBack(verified);
      // A cancel has told the end itself.
      if (end?.type === 'failed') bus.publish(withMetadata(end.event, metadata));
      return;
    }
    await settle(verified, [...artifacts, end.event]);
  }

  async function settle(verified: Sale, events: TaskUpdate[]): Promise<void> {
    const last = events.at(-1);
    const used = last && readUse(last);
    const { amount, currency, payer } = verified;
    await book.note(about, 'worked', { amount: used ?? amount, currency, payer });
    const settled = await inSpan(
      'sale.settle',
      spanOf(),
      () => verified.settle({ used }),
      ({ status }) => ({ 'sale.status': status }),
    );
    const { owed, status } = settled;
    await book.note(about, status, { amount, currency, payer, ...settled });
    if (status === 'owed' && owed !== undefined) {
      await quietly(() => records.owe({ ...about, currency, owed }));
    }
    if (status === 'unsettled') {
      // What is locked for work that is not paid is of no use to anybody.
      if (verified.isSecured) await verified.cancel();
      await tell(unsettledOf(settled));
    } else {
      setPaymentResponse(request.context, settled.metadata);
      for (const event of eventsFromJson(open.artifacts)) bus.publish(event);
      for (const event of events) {
        bus.publish(event === last ? withMetadata(event, settled.metadata) : event);
      }
    }
    await over();
  }

  /** The next message of the task may be answered by another machine. */
  async function wait({ isSecured, kept: payment }: Sale, made: TaskUpdate[]) {
    const artifacts = [...open.artifacts, ...eventsToJson(made)];
    await quietly(() =>
      records.wait(taskId, { ...open, payment, isVerified: true, isSecured, artifacts }),
    );
  }

  async function giveBack(verified: Sale) {
    await quietly(() => records.end(taskId, 'canceled'));
    const back = await verified.cancel();
    const { amount, currency, payer } = verified;
    const { reason, transaction } = back ?? {};
    await book.note(about, 'canceled', { amount, currency, payer, reason, transaction });
    await over();
    return back?.metadata;
  }

  /** Who cannot know whether the task was canceled takes nothing. */
  async function decide() {
    if (await isCanceled()) return 'canceled';
    return records.end(taskId, 'settling').catch((error: unknown) => {
      book.tell(error);
      return 'canceled' as const;
    });
  }

  async function isCanceled(): Promise<boolean> {
    if (desk.isCanceling(taskId)) return true;
    try {
      if ((await records.ended(taskId)) === 'canceled') return true;
      const stored = await desk.taskStore?.load(taskId, request.context);
      return stored?.status?.state === TaskState.TASK_STATE_CANCELED;
    } catch (error) {
      book.tell(error);
      return false;
    }
  }

  async function tell({ state, ...said }: Refusal): Promise<void> {
    await quietly(() => failOverHttp(desk.accepts, request, { state, ...said }));
    bus.publish(sayOf(request, state, said));
  }

  async function over(): Promise<void> {
    await quietly(() => records.close(taskId));
  }

  async function quietly(write: () => Promise<unknown>): Promise<void> {
    // `reconcile` ends what is left.
    await write().catch((error: unknown) => book.tell(error));
  }

  function spanOf() {
    return { 'sale.rail': accept.rail, 'sale.task_id': taskId, 'sale.id': sale };
  }
}

function describeVerdict(verdict: PaymentVerdict) {
  return { 'sale.verdict': verdict.verified ? 'verified' : verdict.reason };
}

const alreadyUsed = {
  reason: 'already-used',
  message: 'The payment pays for another task already.',
};
const ended = { reason: 'ended', message: 'The task is over.' };
const unverifiable = {
  reason: 'unverifiable',
  message: 'The payment could not be verified.',
};
