import { SettlementError } from '../../../src/index';
import type { World } from './buyer';
import { limitIn } from './limits';
import type { Payment, PaymentEnd, Purchase } from './purchase';
import { price } from './seller';

const hour = 3_600_000;

/** Nothing was signed above a limit, and nothing was refused below it. */
export function checkLimits({
  calls,
  endsOf,
  world: { market, payments },
}: {
  calls: Purchase[];
  endsOf: Map<Payment, PaymentEnd[]>;
  world: World;
}): void {
  for (const payment of payments) {
    const { amount, currency, id } = payment;
    if (market.limits === `no ${currency}`) throw new Error(`${id} was signed without a limit`);
    if (amount > limitOf(currency).perCall) throw new Error(`${id} is more than a call may cost`);
    if (market.limits === 'window') checkWindow(payment);
    if (market.limits === 'concurrent') checkConcurrent(payment);
  }
  for (const call of calls) checkRefusal(call);

  function checkWindow(payment: Payment): void {
    const total = others(payment)
      // What was never sent, as its caller had left, does not count.
      .filter(({ at, call, isShown }) => at > payment.at - hour && isShown && call.process.isAlive)
      .reduce((sum, other) => sum + costOf(other, payment.at), payment.amount);
    const { perWindow } = limitOf(payment.currency);
    if (total > perWindow) {
      throw new Error(`${total} ${payment.currency} were signed of ${perWindow} in an hour`);
    }
  }

  function checkConcurrent(payment: Payment): void {
    const underWay = calls
      .flatMap(({ messages }) => messages)
      .filter(({ at, isPaying, overAt }) => isPaying && at <= payment.at && overAt > payment.at)
      .filter(({ call }) => call.process.diedAt > payment.at && isCommon(call, payment.call))
      // A turn that goes on is not refused, and may begin at the same time.
      .filter(({ at, call }) => call.payments.length > 0 || at < payment.call.at);
    const open = others(payment).filter((other) =>
      underWay.some((message) => message.payment === other),
    );
    if (open.length >= 2) throw new Error(`${payment.id} is the third of two at a time`);
  }

  /** Earlier ones in the same currency, that the same storage knows. */
  function others(payment: Payment): Payment[] {
    return payments
      .slice(0, payments.indexOf(payment))
      .filter((other) => other.currency === payment.currency && isCommon(other.call, payment.call));
  }

  function isCommon(one: Purchase, other: Purchase): boolean {
    return market.journal !== 'own memory' || one.process === other.process;
  }

  /** What it had cost by then, for sure. */
  function costOf(payment: Payment, time: number): bigint {
    const { amount } = payment;
    const said = endsOf.get(payment) ?? [];
    const told = said.find(({ at }) => at < Infinity);
    if (told === undefined)
      return said.reduce((least, { captured }) => min(least, captured), amount);
    const isCounted = told.at <= time - (told.captured > amount ? 10_000 : 0);
    return isCounted ? told.captured : amount;
  }

  /** What came back leaves room for others. */
  function checkRefusal(call: Purchase): void {
    const { error, isCrowded, sale } = call;
    const isRefused = SettlementError.isInstance(error) && error.code === 'LIMIT_EXCEEDED';
    const isUsual = sale.wish.startsWith('its price') && sale.welcome !== 'asks for more';
    const isCalm = market.sales.every(
      ({ dies, faults, goesDown }) => dies === 'no' && faults.length === 0 && goesDown === 'no',
    );
    if (!isRefused || isCrowded || !isUsual || !isCalm) return;
    const currency = sale.seller === 'plan' ? 'credits' : 'USDC';
    const known = payments.filter(
      (other) =>
        other.currency === currency && other.at <= call.endedAt && isCommon(other.call, call),
    );
    if (market.limits === 'window') {
      // Clocks may differ: what is older than the window is counted for as long as that.
      const inUse = known
        .filter(({ at }) => at > call.at - hour - 30 * 60_000)
        .reduce((sum, other) => sum + mostOf(other, call.at), 0n);
      const asked = currency === 'USDC' ? price.coin : price.credits;
      if (inUse + asked <= limitOf(currency).perWindow) {
        throw new Error(`a call was refused, and only ${inUse} ${currency} are in use`);
      }
    } else if (market.limits === 'concurrent') {
      const open = known.filter(
        (other) =>
          other.call !== call &&
          (other.call.endedAt + 10_000 > call.at ||
            other.call.messages.some(({ overAt }) => overAt + 10_000 > call.at)),
      );
      if (open.length < 2) throw new Error(`a call was refused, and ${open.length} are under way`);
    } else throw new Error(`a call was refused: ${error.message}`);
  }

  /** What it may have been counted as by then. */
  function mostOf(payment: Payment, time: number): bigint {
    const said = endsOf.get(payment) ?? [];
    const told = said.find(({ at }) => at < Infinity);
    const most = said.reduce(
      (sum, { captured }) => (captured > sum ? captured : sum),
      payment.amount,
    );
    return told !== undefined && told.at < time - 10_000 ? told.captured : most;
  }
}

function limitOf(currency: string): { perCall: bigint; perWindow: bigint } {
  return currency === 'USDC' ? limitIn.USDC : limitIn.credits;
}

function min(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
