import { SettlementError, type PriceOffer, type PriceProposal } from '../../rails/rail';
import { unlessAborted } from '../../internal/unless-aborted';

/** A price that an agent asks for, passed to the caller. */
export interface PriceRequest {
  /** The model id. */
  agent: string;
  /** The requested skill. */
  skill?: string;
  /** Whole tokens, excluding the fee. If it is more than `ceiling`, counter or refuse. */
  proposedPrice: number;
  /**
   * The currency named by the agent or its card. The hold is made in the exchange's own currency, whatever this
   * says.
   */
  currency?: string;
  /** Starts at 1. After the fifth counter-offer the agent accepts, or there is no agreement. */
  round: number;
  /** The highest price that can be agreed, in whole tokens. */
  ceiling: number;
}

/**
 * Decides on a price that an agent asks for. A counter-offer is a whole number of tokens >= 0; if the agent
 * then asks for no more than that, the price is agreed. Errors thrown here are thrown to the caller.
 */
export type Negotiate = (request: PriceRequest) => PriceDecision | Promise<PriceDecision>;

export type PriceDecision = 'accept' | 'refuse' | { counter: number };

/** The terms of a negotiation. */
export interface Negotiation {
  agent: string;
  skill: string | undefined;
  /** The currency on the agent's card. */
  currency: string | undefined;
  negotiate: Negotiate;
  /** Whole tokens. */
  ceiling: number;
  /** The most whole tokens the rail can hold. */
  maxAmount: number;
}

/** A task that waits for a price. */
export interface NegotiatedTask {
  taskId: string;
  contextId: string | undefined;
}

const maxRounds = 5;

/**
 * Agrees on a price with an agent. Undefined if the agent did not wait for a price: its answer is then the
 * caller's. No hold is made meanwhile. Without an agreement, the waiting task is canceled.
 *
 * @throws SettlementError `NO_AGREEMENT` after a refusal or too many rounds, `LIMIT_EXCEEDED` above the
 * ceiling, `INVALID_AMOUNT` for an invalid price or counter-offer.
 * @throws errors of `ask` or `negotiate`.
 */
export async function negotiatePrice(
  { agent, ceiling, currency, maxAmount, negotiate, skill }: Negotiation,
  {
    ask,
    cancel,
    signal,
  }: {
    /** Sends a message without payment. Undefined if the agent's answer asks for no price. */
    ask: (
      offer: PriceOffer,
      task: NegotiatedTask | undefined,
    ) => Promise<{ price: PriceProposal; task: NegotiatedTask } | undefined>;
    cancel: (task: NegotiatedTask) => void;
    signal: AbortSignal | undefined;
  },
): Promise<{ amount: number; task: NegotiatedTask } | undefined> {
  let waiting: NegotiatedTask | undefined;
  try {
    let counter: number | undefined;
    for (let round = 1; ; round++) {
      const offer = counter === undefined ? {} : { counterPrice: counter };
      const proposal = await ask(offer, waiting);
      if (proposal === undefined) return undefined;
      const { price, task } = proposal;
      waiting = task;
      const amount = proposed(price);
      // A price of 0, or one already offered, needs no decision.
      if (amount <= (counter ?? 0)) return { amount, task };
      if (round > maxRounds)
        throw noAgreement(`the agent still asked for more after ${maxRounds} rounds`);

      const said = price.currency ?? currency;
      const request: PriceRequest = {
        agent,
        ...(skill !== undefined && { skill }),
        proposedPrice: amount,
        ...(said !== undefined && { currency: said }),
        round,
        ceiling,
      };
      const decision = await unlessAborted(signal, Promise.resolve(negotiate(request)));
      if (decision === 'refuse') throw noAgreement('`negotiate` refused the price');
      counter = decision === 'accept' ? amount : decision.counter;
      assertOffer(counter);
      // A counter-offer of at least the asked price accepts it.
      if (counter >= amount) return { amount, task };
    }
  } catch (error) {
    if (waiting !== undefined) cancel(waiting);
    throw error;
  }

  function proposed({ price }: PriceProposal): number {
    if (Number.isInteger(price) && price >= 0 && price <= maxAmount) return price;
    throw failure(
      'INVALID_AMOUNT',
      `the agent's price must be a whole number of tokens <= ${maxAmount}`,
    );
  }

  function assertOffer(tokens: number): void {
    if (!Number.isInteger(tokens) || tokens < 0) {
      throw failure(
        'INVALID_AMOUNT',
        'the counter-offer of `negotiate` must be a whole number of tokens >= 0',
      );
    }
    if (tokens > ceiling) {
      throw failure(
        'LIMIT_EXCEEDED',
        `\`negotiate\` offered ${tokens} tokens, and the ceiling (maxTokensPerCall, limits.perCall) is ${ceiling}`,
      );
    }
  }

  function noAgreement(why: string): SettlementError {
    return failure('NO_AGREEMENT', why);
  }

  function failure(
    code: 'INVALID_AMOUNT' | 'LIMIT_EXCEEDED' | 'NO_AGREEMENT',
    why: string,
  ): SettlementError {
    return new SettlementError({
      code,
      message: `No price was agreed with agent "${agent}", and nothing was held: ${why}.`,
      isDispatched: false,
    });
  }
}
