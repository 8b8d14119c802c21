import { toAtomic } from '../../../src/internal/decimal';
import type { ReconciledHold } from '../../../src/settlement/recovery/reconciled-hold';
import { SettlementError, type SettlementReceipt } from '../../../src/index';
import type { SettlementEventName } from '../../../src/settlement/state/settlement-events';
import { Violation } from '../violation';
import type { Buyer, World } from './buyer';
import { checkJournals } from './check-journals';
import { checkLimits } from './check-limits';
import type { Payment, PaymentEnd, Purchase } from './purchase';

const ends = new Set(['released', 'partially-released', 'refunded', 'taken', 'late']);

/** Holds the ledgers, and the agents' words, against what was said. Throws what is wrong. */
export function checkSales({
  buyers,
  calls,
  left,
  settled,
  world,
}: {
  buyers: Buyer[];
  calls: Purchase[];
  /** What the last reconciliations called open or unresolved. */
  left: ReconciledHold[];
  /** What any reconciliation settled. */
  settled: ReconciledHold[];
  world: World;
}): void {
  const [violation] = Violation.seen;
  if (violation !== undefined) throw violation;
  const { chain, market, payments } = world;
  const endsOf = new Map(payments.map((payment) => [payment, allEnds(payment)]));
  for (const payment of payments) {
    checkAuthority(payment);
    checkEnds(payment);
    if (payment.rail === 'nevermined') checkWord(payment);
    else if (market.hasLedger) checkChain(payment);
    else checkWordOfChain(payment);
    checkEvents(payment);
  }
  for (const call of calls) checkCall(call);
  checkLimits({ world, calls, endsOf });
  checkJournals({ world, buyers, left });

  function allEnds({ call, id }: Payment): PaymentEnd[] {
    const told = buyers.flatMap((by) =>
      by.told.flatMap(({ at, id: of, name, receipt }) =>
        // What a process told as it died may not be in its journal.
        of === id && at + 1000 < by.diedAt && isEnd(name)
          ? [{ ...endOf(receipt), at, isTold: true }]
          : [],
      ),
    );
    const reported = settled.flatMap(({ escrowId, receipt }) =>
      escrowId === id && receipt !== undefined
        ? [{ ...endOf(receipt), at: Infinity, isTold: false }]
        : [],
    );
    const { receipt } = call;
    const got =
      receipt?.escrowId === id && ends.has(receipt.status)
        ? [{ ...endOf(receipt), at: call.endedAt, isTold: false }]
        : [];
    return [...told, ...reported, ...got];
  }

  /** Nothing is signed that was not agreed to, and nothing more. */
  function checkAuthority({ amount, call, currency, id, payee }: Payment): void {
    const isAgreed = call.approved.some(
      (quote) =>
        quote.payee === payee &&
        quote.currency === currency &&
        toAtomic(quote.amount, placesOf(currency)) === amount,
    );
    if (!isAgreed) throw new Error(`${id} was signed, and nobody agreed to it`);
  }

  /** Everybody says the same of it, and it has one end. */
  function checkEnds(payment: Payment): void {
    const { id } = payment;
    const said = endsOf.get(payment) ?? [];
    const [first] = said;
    for (const { captured, status } of said) {
      const isSame = status === first?.status && captured === first.captured;
      if (!isSame && !isContested(payment)) {
        throw new Error(`${id} is said to be ${first?.status} and ${status}`);
      }
    }
    const isLeft = left.some(({ escrowId }) => escrowId === id);
    if (first !== undefined && isLeft) throw new Error(`${id} is ${first.status}, and left over`);
    const isTold = first !== undefined || has(payment, isEnd);
    if (isTold || !has(payment, (name) => name === 'held') || !isKnown(payment)) return;
    // Without a ledger nobody can say it of what its agent says nothing of.
    const isUnknowable = payment.rail === 'x402' && !market.hasLedger && isLeft;
    if (!isUnknowable) throw new Error(`${id} has no end${isLeft ? ' and is left over' : ''}`);
  }

  /** What the chain says, and not before it can say it. */
  function checkChain(payment: Payment): void {
    const { id, isShown, overAt } = payment;
    const end = chain.end(id);
    const taken = end?.type === 'taken' ? end.amount : 0n;
    for (const { at, captured, status } of endsOf.get(payment) ?? []) {
      if (captured !== taken) throw new Error(`${id} is ${status} with ${captured}, not ${taken}`);
      const isBack = status === 'refunded' || status === 'late';
      if (isBack !== (taken === 0n)) throw new Error(`${id} is ${status}, and ${taken} was taken`);
      const isSafe = at >= overAt || !isShown || (end?.type === 'canceled' && end.at <= at);
      if (isBack && !isSafe) throw new Error(`${id} is ${status} while it can be taken`);
      if (!isBack) checkWorth(payment, status);
    }
  }

  /** Without a ledger: as the agent said it, or when its time is over. */
  function checkWordOfChain(payment: Payment): void {
    const { amount, call, id, isShown, overAt, said } = payment;
    for (const { at, captured, status } of endsOf.get(payment) ?? []) {
      const isBack = status === 'refunded' || status === 'late';
      if (isBack && isShown && at < overAt - 15 * 60_000) {
        throw new Error(`${id} is ${status} while it can be taken`);
      }
      const isOnly = rivalsOf(payment).length === 1 && !isContested(payment);
      const isCertain = said.length > 0 && isHeard(call) && isOnly;
      if (isBack && isCertain) {
        throw new Error(`${id} is ${status}, and its agent said that it took it`);
      }
      const isOwn = captured === amount || wordsOf(payment).includes(captured);
      if (!isBack && !isOwn)
        throw new Error(`${id} is ${status} with ${captured}, which nobody said`);
      if (!isBack) checkWorth(payment, status);
    }
  }

  /** What the agent said of its credits, where anybody heard it. */
  function checkWord(payment: Payment): void {
    const { amount, call, id, isShown, said } = payment;
    for (const { captured, status } of endsOf.get(payment) ?? []) {
      const isBack = status === 'refunded';
      if (status === 'late') throw new Error(`${id} is late, and nobody can know that`);
      if (!isBack && !isShown && call.process.isAlive)
        throw new Error(`${id} is ${status}, and nobody was shown it`);
      const last = said.at(-1);
      const isOnly = rivalsOf(payment).length === 1 && !isContested(payment);
      const isCertain = last !== undefined && isHeard(call) && isOnly;
      if (isCertain && (isBack || captured !== last)) {
        throw new Error(`${id} is ${status} with ${captured}, its agent said ${last}`);
      }
      if (!isBack && captured !== amount && !wordsOf(payment).includes(captured)) {
        throw new Error(`${id} is ${status} with ${captured}, which nobody said`);
      }
      if (!isBack) checkWorth(payment, status);
    }
  }

  /** All that were shown for its task. */
  function rivalsOf(payment: Payment): Payment[] {
    const all = calls.flatMap(({ messages }) => messages);
    const tasks = all.flatMap((one) => (one.payment === payment ? (one.task ?? []) : []));
    const shown = tasks.flatMap(({ messages }) => messages.flatMap((one) => one.payment ?? []));
    return [...new Set([payment, ...shown])];
  }

  /** By an agent's word alone, whoever comes while another is under way may hear something else. */
  function isContested(payment: Payment): boolean {
    const isWordOnly = payment.rail === 'nevermined' || !market.hasLedger;
    // A process that has seen the agent's receipt for another payment does not take it for this one.
    const isUnclear =
      payment.rail === 'x402' &&
      calls.flatMap((call) => call.payments).some((one) => one !== payment);
    return isWordOnly && (isUnclear || isHasty());
  }

  /** Somebody reconciles without grace, or by a clock that is wrong by more than that. */
  function isHasty(): boolean {
    const isSkewed = new Set(market.skews).size > 1;
    return (
      isSkewed ||
      market.sales.some(
        ({ meanwhile, reconciles }) => meanwhile === 'reconcile without grace' || reconciles > 0,
      )
    );
  }

  /** An agent does not say which of them it took. */
  function wordsOf(payment: Payment): bigint[] {
    return rivalsOf(payment).flatMap(({ saidOfTask }) => saidOfTask);
  }

  /** What was taken for nothing is told as that. */
  function checkWorth(payment: Payment, status: SettlementReceipt['status']): void {
    const { call, id } = payment;
    const last = call.messages.findLast((message) => message.payment === payment);
    const task = last?.task;
    // What pays one message has nothing to do with what comes of the next.
    const isOfMessage = payment.rail === 'nevermined' || call.sale.wish.endsWith('HTTP 402');
    const state = isOfMessage ? last?.state : task?.state;
    const isFailed = state !== undefined && ['failed', 'rejected', 'canceled'].includes(state);
    if (isFailed && call.sawEnd && status !== 'taken')
      throw new Error(`${id} is ${status} for a ${state} task`);
    const isDelivered =
      task?.state === 'completed' && task.sale === call.sale && task.sale.turn === 'completes';
    const isOnly = call.payments.length === 1 && task?.payments.length === 1;
    if (isDelivered && isOnly && isHeard(call) && status === 'taken') {
      throw new Error(`${id} is taken for a task that was completed`);
    }
  }

  /** Each process tells of it once, and of too much as well. */
  function checkEvents(payment: Payment): void {
    const { amount, id } = payment;
    const users = calls.filter(({ messages }) =>
      messages.some((message) => message.payment?.id === id),
    );
    // Two that go on under one hold at once, and know nothing of each other, both end it.
    const isShared = isHasty() || new Set(users.map(({ process }) => process)).size > 1;
    for (const { n, told } of buyers) {
      const own = told.filter((event) => event.id === id);
      const over = own.filter(({ name }) => isEnd(name));
      if (over.length > 1 && !isShared) {
        throw new Error(`process ${n} told ${over.map(({ name }) => name).join(', ')} of ${id}`);
      }
      const tooMuch = over.filter(({ receipt }) => endOf(receipt).captured > amount);
      const overcharged = own.filter(({ name }) => name === 'overcharged').length;
      if (overcharged !== tooMuch.length) {
        throw new Error(`process ${n} told ${overcharged} times that ${id} was overcharged`);
      }
    }
    // Who listens to events keeps the books by them.
    const said = buyers.flatMap(({ told }) => told.filter((event) => event.id === id));
    const isOver = settled.some(({ escrowId }) => escrowId === id);
    if (isOver && !said.some(({ name }) => isEnd(name))) {
      throw new Error(`${id} was settled, and no event told of it`);
    }
  }

  function checkCall({ error, messages, payments: own, receipt, sale }: Purchase): void {
    const tries = sale.caller.endsWith('Text') ? 3 : 1;
    const most = tries * (sale.seller === 'plan' ? 2 : 1);
    if (own.length > most) throw new Error(`${own.length} promises were signed for one call`);
    for (const message of messages) {
      const { payment } = message;
      if (!message.isPaying || payment === undefined) continue;
      const tasks = calls
        .flatMap((other) => other.messages)
        .filter((other) => other.payment === payment && other.task !== undefined);
      if (new Set(tasks.map(({ task }) => task)).size > 1) {
        throw new Error(`${payment.id} was shown for two tasks`);
      }
    }
    const paid = own.find(({ id }) => id === receipt?.escrowId);
    const code = SettlementError.isInstance(error) ? error.code : undefined;
    const isForeign = sale.wish === 'another payee';
    if (code === 'NOT_ALLOWED' && !isForeign) throw new Error('a payee was refused who is listed');
    if (code === 'NOT_APPROVED' && sale.approves && !isForeign) {
      throw new Error('a call was refused that was approved');
    }
    const isFree = receipt?.status === 'unsettled';
    const last = messages.at(-1);
    const isPaid = last?.isPaying === true && !last.isAsking;
    if (isFree && error === undefined && isPaid) {
      throw new Error('a call that paid has no receipt');
    }
    const said = paid && endsOf.get(paid)?.find(({ isTold }) => isTold);
    const status = receipt?.status ?? 'pending';
    if (said !== undefined && ends.has(status) && said.status !== status) {
      throw new Error(`the receipt says ${status}, the event ${said.status}`);
    }
  }

  function has({ id }: Payment, isMeant: (name: SettlementEventName) => boolean): boolean {
    return buyers.some(({ told }) => told.some((event) => event.id === id && isMeant(event.name)));
  }

  /** Anybody who lives, or any journal, knows of it. */
  function isKnown({ call: { isWritten, process, sale, sawEnd } }: Payment): boolean {
    const isShared = market.journal !== 'own memory';
    if (process.isAlive) return true;
    // A reader who leaves may be gone before anything is signed, or settled.
    const isSeen = sawEnd && sale.consumer === 'reads all';
    return isShared && (isSeen || (market.writeAhead && isWritten));
  }

  /** Whoever called got the answer, and nothing was in the way. */
  function isHeard({ error, isTwin, process, sale, sawEnd }: Purchase): boolean {
    const isRead = sale.consumer === 'reads all' || sale.consumer === 'leaves';
    return sawEnd && process.isAlive && error === undefined && isRead && !isTwin;
  }
}

function endOf(receipt: SettlementReceipt): Pick<PaymentEnd, 'captured' | 'status'> {
  const { captured = 0, decimals = 0, status } = receipt;
  return { status, captured: toAtomic(captured, decimals) };
}

function isEnd(name: SettlementEventName): boolean {
  return name === 'released' || name === 'refunded' || name === 'taken';
}

function placesOf(currency: string | undefined): number {
  return currency === 'USDC' ? 6 : 0;
}
