import { TaskState } from '@a2a-js/sdk';
import type {
  AgentExecutor,
  ExecutionEventBus,
  RequestContext,
  TaskStore,
} from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { compareAmounts, type Amount } from '../../internal/decimal';
import { inSpan } from '../../internal/in-span';
import { awaitPayment } from '../../internal/when-paid';
import { setPaymentResponse } from '../payment-headers';
import type { LockNote, PaymentVerdict, Sale } from './accepted-payment';
import { ownerOf } from './end-left-task';
import type { FoundPayment } from './find-payment';
import {
  giveBack,
  giveBackKept,
  giveBackLeft,
  isKept,
  isWhole,
  putOff,
  type SaleDesk,
} from './give-back';
import { eventsFromJson, eventsToJson, type HeldBack, holdBack } from './hold-back';
import { failOverHttp, type Refusal, refusalOf, refuse, unsettledOf } from './payment-challenge';
import { readUse } from './read-use';
import { type SaleSubject, saleOf } from './sale-book';
import type { OpenSale } from './sale-records';
import { openTask, sayOf, type TaskUpdate, withMetadata } from './task-events';
import { watchWork } from './watch-work';

interface TurnDesk extends SaleDesk {
  cancelPollMs: number;
  deliver: 'after-settle' | 'stream';
  executor: AgentExecutor;
  /** Whether this process was asked to cancel the task. */
  isCanceling: (taskId: string) => boolean;
  taskStore: TaskStore | undefined;
}

/**
 * Has one message worked for that bears a payment: the turn of its task is taken, the payment bound to the
 * task and verified, the work done, the payment settled, and the end told. In this order on all machines.
 */
export async function sellTurn(
  request: RequestContext,
  bus: ExecutionEventBus,
  { accept, claim, kept, ...desk }: TurnDesk & FoundPayment,
): Promise<void> {
  const { taskId } = request;
  const { book, records } = desk;
  const sale = await saleOf(accept, claim);
  const before = kept?.sale === sale ? kept : undefined;
  const turnAt = new Date().toISOString();
  let open: OpenSale = {
    ...(before ?? { begunAt: turnAt, isVerified: false, isSecured: false }),
    sale,
    rail: accept.rail,
    owner: ownerOf(request.context),
    turn: crypto.randomUUID(),
    turnAt,
    expiresAt: before?.expiresAt ?? claim.expiresAt.toISOString(),
    phase: 'working',
    artifacts: kept?.artifacts ?? [],
  };
  const about: SaleSubject = { ...open, taskId };
  let mayBeBound = false;
  /** What `reconcile` gives back, while nobody has said that it is locked. */
  let locking: OpenSale | undefined;

  let isMine: boolean;
  try {
    isMine = await records.begin(taskId, open);
  } catch (error) {
    book.tell(error);
    return refuse(request, bus, refusalOf(accept, unverifiable));
  }
  // Another process works for this task, or has: whatever is told here would be taken for its end.
  if (!isMine) return;
  // Who waits for a slow ledger knows the task, and may cancel it.
  bus.publish(openTask(request));

  const verdict = await verify();
  if (verdict === 'canceled') {
    // It was canceled while it waited for this message, and left its payment to whoever has the turn.
    await quietly(() => giveBackLeft(taskId, { ...open, ...kept, turn: open.turn }, desk));
    return tell({ state: TaskState.TASK_STATE_CANCELED });
  }
  if (!verdict.verified) {
    if (verdict.error !== undefined) book.tell(verdict.error);
    await book.note(about, 'refused', { reason: verdict.reason });
    const left = verdict.mayBeLocked === true ? locking : undefined;
    // Bound to another task, it could be locked for that one, and given back for this one.
    if (mayBeBound && left === undefined) await quietly(() => records.unbind(open, taskId));
    // The refusal ends the task, and what it was begun with.
    if (kept?.isVerified === true) await book.note({ ...kept, taskId }, 'canceled', kept);
    if (left === undefined) await close();
    else await quietly(() => putOff(taskId, left, desk));
    return fail(refusalOf(accept, verdict));
  }
  await work(verdict.sale);

  async function verify(): Promise<PaymentVerdict | 'canceled'> {
    try {
      if ((await records.ended(taskId)) !== undefined) return 'canceled';
      // Whoever worked now would work for nothing: its payer may have it back.
      if (before?.captureBy !== undefined && Date.parse(before.captureBy) <= Date.now()) {
        return 'canceled';
      }
      // Before it is verified: of two machines that verify it at once, both would find it good.
      if (before === undefined) {
        // Who gets no answer does not know that it is not.
        mayBeBound = true;
        mayBeBound = await records.bind(open, claim, taskId);
        if (!mayBeBound) return { verified: false, ...alreadyUsed };
      }
      const ask = () => claim.verify({ beforeLock });
      const said = await inSpan('sale.verify', spanOf(), ask, describeVerdict);
      return said.verified && before === undefined && isLess(said.sale)
        ? { verified: false, ...tooLittle }
        : said;
    } catch (error) {
      book.tell(error);
      return { verified: false, ...unverifiable, mayBeLocked: true };
    }
  }

  async function beforeLock({ kept: payment, expiresAt }: LockNote): Promise<void> {
    locking = { ...open, payment, isSecured: true, expiresAt: expiresAt.toISOString() };
    await records.update(taskId, locking);
  }

  /** A task does not get cheaper as it goes on: what was made for the first payment would be shown for less. */
  function isLess({ amount, currency }: Pick<Sale, 'amount' | 'currency'>): boolean {
    if (kept?.amount === undefined || kept.artifacts.length === 0) return false;
    return currency !== kept.currency || compareAmounts(amount, kept.amount) < 0;
  }

  async function work(verified: Sale): Promise<void> {
    const { acknowledgement, amount, currency, isSecured, kept: payment, payer } = verified;
    open = {
      ...open,
      ...(payment !== undefined && { payment }),
      ...captureBy(verified),
      isVerified: true,
      isSecured,
      amount: String(amount),
      currency,
    };
    // For `reconcile`, where this process dies.
    await quietly(() => records.update(taskId, open));
    if (before === undefined) {
      if (kept?.isVerified === true) await book.note({ ...kept, taskId }, 'canceled', kept);
      await book.note(about, 'verified', { amount, currency, payer });
    }
    if ((await isCanceled()) === true) {
      await back(verified);
      return tell({ state: TaskState.TASK_STATE_CANCELED });
    }
    if (acknowledgement !== undefined) {
      tell({ state: TaskState.TASK_STATE_WORKING, metadata: acknowledgement });
    }
    const isShown = isSecured || desk.deliver === 'stream';
    const gate = holdBack(bus, { isShown, request });
    const whenPaid = awaitPayment(request);
    const watch = watchWork({
      everyMs: desk.cancelPollMs,
      isCanceled: async () => (await isCanceled()) === true,
      cancel: () => desk.executor.cancelTask(taskId, gate.bus),
      beat: () => quietly(() => records.beat(taskId)),
    });
    try {
      await desk.executor.execute(request, gate.bus);
    } catch (error) {
      watch.stop();
      await back(verified);
      throw error;
    }
    await conclude(verified, gate.held, whenPaid).finally(watch.stop);
  }

  async function conclude(verified: Sale, held: HeldBack, whenPaid: () => Promise<void>) {
    const { artifacts, end, question } = held;
    if (end === undefined && question !== undefined && (await isCanceled()) !== true) {
      const waiting = [...open.artifacts, ...eventsToJson(artifacts)];
      await quietly(() => records.wait(taskId, { ...open, artifacts: waiting }));
      if ((await isCanceled()) !== true) return bus.publish(question);
      // Who canceled it before it waited found nothing to give back.
      await quietly(() => giveBackKept(taskId, desk));
      return tell({ state: TaskState.TASK_STATE_CANCELED });
    }
    const decision = end?.type === 'completed' ? await decide() : 'failed';
    if (end !== undefined && decision === 'settling') {
      return await settle(verified, [...artifacts, end.event], whenPaid);
    }
    const metadata = await back(verified);
    if (decision === 'canceled') tell({ state: TaskState.TASK_STATE_CANCELED, metadata });
    else if (decision === 'unknown') await fail(unsettledOf({ status: 'unsettled', metadata }));
    else if (end !== undefined) bus.publish(withMetadata(end.event, metadata));
    else tell({ ...noAnswer, metadata });
  }

  async function settle(verified: Sale, events: TaskUpdate[], whenPaid: () => Promise<void>) {
    const last = events.at(-1);
    const { amount, currency, payer } = verified;
    const used = last && readUse(last);
    if (isKept(open)) {
      open = { ...open, phase: 'capturing', ...(used !== undefined && { used }) };
      await quietly(() => records.update(taskId, open));
    }
    await book.note(about, 'worked', { amount: leastOf(used, amount), currency, payer });
    const settled = await inSpan(
      'sale.settle',
      spanOf(),
      () => verified.settle({ used }),
      ({ status }) => ({ 'sale.status': status }),
    );
    const { owed } = settled;
    // What is locked for work that was shown is taken later: `reconcile` tries again.
    const isLate = settled.status === 'unsettled' && isKept(open) && isWhole(open);
    const status = isLate ? 'owed' : settled.status;
    await book.note(about, status, { amount, currency, payer, ...settled });
    if (status === 'unsettled') {
      await fail(unsettledOf(settled));
      return close();
    }
    setPaymentResponse(request.context, settled.metadata);
    for (const event of [...eventsFromJson(open.artifacts), ...events]) {
      bus.publish(event === last ? withMetadata(event, settled.metadata) : event);
    }
    await quietly(whenPaid);
    if (isLate) return;
    const isNoted = owed === undefined || (await noteOwed(owed, currency));
    if (isNoted) await close();
  }

  async function noteOwed(owed: JSONObject, currency: string): Promise<boolean> {
    try {
      await records.owe({ ...about, currency, owed });
      return true;
    } catch (error) {
      book.tell(error);
      return false;
    }
  }

  async function back(verified: Sale) {
    await quietly(() => records.end(taskId, 'canceled'));
    try {
      return (await giveBack(taskId, open, verified, desk)).metadata;
    } catch (error) {
      book.tell(error);
      return undefined;
    }
  }

  /** Who cannot know whether the task was canceled takes nothing. */
  async function decide() {
    const known = await isCanceled();
    if (known !== false) return known === true ? 'canceled' : 'unknown';
    try {
      return await records.end(taskId, 'settling');
    } catch (error) {
      book.tell(error);
      return 'unknown';
    }
  }

  async function isCanceled(): Promise<boolean | 'unknown'> {
    if (desk.isCanceling(taskId)) return true;
    try {
      if ((await records.ended(taskId)) === 'canceled') return true;
      const stored = await desk.taskStore?.load(taskId, request.context);
      return stored?.status?.state === TaskState.TASK_STATE_CANCELED;
    } catch (error) {
      book.tell(error);
      return 'unknown';
    }
  }

  function tell({ state, ...said }: Refusal): void {
    bus.publish(sayOf(request, state, said));
  }

  async function fail(refusal: Refusal): Promise<void> {
    await quietly(() => failOverHttp(desk.accepts, request, refusal));
    tell(refusal);
  }

  async function close(): Promise<void> {
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

function captureBy({ expiresAt }: Sale): Pick<OpenSale, 'captureBy'> & Partial<OpenSale> {
  const time = expiresAt?.toISOString();
  return time === undefined ? {} : { captureBy: time, expiresAt: time };
}

/** What an agent says that it used is not more than what was to be had. */
function leastOf(used: number | undefined, amount: Amount): Amount {
  try {
    return used === undefined || compareAmounts(used, amount) > 0 ? amount : used;
  } catch {
    return amount;
  }
}

const alreadyUsed = {
  reason: 'already-used',
  message: 'The payment pays for another task already.',
};
const tooLittle = {
  reason: 'too-little',
  message: 'The task was begun with a payment of more, or of another currency.',
};
const unverifiable = {
  reason: 'unverifiable',
  message: 'The payment could not be verified.',
};
const noAnswer = { state: TaskState.TASK_STATE_FAILED, text: 'The agent gave no answer.' };
