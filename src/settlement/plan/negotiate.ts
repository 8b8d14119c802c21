import { SettlementError, type PriceOffer, type PriceProposal } from '../../rails/rail';
import { unlessAborted } from '../../internal/unless-aborted';

/** A price that an agent asks for, put to the caller. */
export interface PriceRequest {
  /** The model id. */
  agent: string;
  /** The skill asked for. */
  skill?: string;
  /** Whole tokens, without the fee. More than `ceiling`, perhaps: then counter or refuse. */
  proposedPrice: number;
  /** As the agent, or its card, says it. What is held is the exchange's own currency, whatever this says. */
  currency?: string;
  /** From 1. After the fifth counter the agent accepts, or there is no agreement. */
  round: number;
  /** The most that can be agreed: whole tokens. */
  ceiling: number;
}

/**
 * Decides about a price an agent asks for. A counter is a whole number of tokens from 0; what an agent
 * then asks at most is agreed. What it throws is thrown to the caller.
 */
export type Negotiate = (request: PriceRequest) => PriceDecision | Promise<PriceDecision>;

export type PriceDecision = 'accept' | 'refuse' | { counter: number };

/** What a price is negotiated with. */
export interface Negotiation {
  agent: string;
  skill: string | undefined;
  /** Of the agent's card. */
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
 * Agrees on a price with an agent. Undefined when the agent did not wait for one: then its answer is the
 * caller's. Nothing is held meanwhile. When there is no agreement, the task that waits for one is canceled.
 *
 * @throws SettlementError `NO_AGREEMENT` after a refusal or too many rounds, `LIMIT_EXCEEDED` above the
 * ceiling, `INVALID_AMOUNT` for a price or a counter that makes no sense.
 * @throws whatever `ask` or `negotiate` throws.
 */
export async function negotiatePrice(
  { agent, ceiling, currency, maxAmount, negotiate, skill }: Negotiation,
  {
    ask,
    cancel,
    signal,
  }: {
    /** Sends a message that pays nothing. Undefined when the agent asks for no price in its answer. */
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
      // A price of 0, and one that was offered already, need no decision.
      if (amount <= (counter ?? 0)) return { amount, task };
      if (round > maxRounds) throw noAgreement(`it still asked for more after ${maxRounds} rounds`);

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
      if (decision === 'refuse') throw noAgreement('`negotiate` refused its price');
      counter = decision === 'accept' ? amount : decision.counter;
      assertOffer(counter);
      // An offer of at least what is asked accepts.
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
      `it proposed a price that is no whole number of tokens up to ${maxAmount}`,
    );
  }

  function assertOffer(tokens: number): void {
    if (!Number.isInteger(tokens) || tokens < 0) {
      throw failure('INVALID_AMOUNT', '`negotiate` offered no whole number of tokens from 0');
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
