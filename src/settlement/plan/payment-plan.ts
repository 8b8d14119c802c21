import type { SharedV4Warning } from '@ai-sdk/provider';
import type {
  HoldRequest,
  PaymentChallenge,
  SettlementError,
  SettlementRail,
} from '../../rails/rail';
import type { Negotiation } from './negotiate';
import type { Metering } from '../state/journal-entry';

/** The payee of one generation, or the reason why nobody can be paid. */
export type PaymentPlan = PaidPlan | UnpaidPlan;

export interface PaidPlan {
  type: 'paid';
  /** The rail for new holds, unless the agent asks for another. */
  rail: SettlementRail;
  /** The payee on a rail; undefined if only the agent's challenge names one. */
  payeeOn: (rail: string) => string | undefined;
  isRequired: boolean;
  /** How use is measured and paid on a turn that continues under an existing hold. */
  metering: Metering | undefined;
  /**
   * The amount to hold; with `metering`, a maximum. `free` for a price of 0.
   *
   * @throws SettlementError `INVALID_AMOUNT` for an invalid price, or a negotiable price without a ceiling;
   * `LIMIT_EXCEEDED` above the ceiling; `PAYMENT_REQUIRED` for a price of 0 that is not on the card, if the
   * card requires payment.
   * @throws errors of a price function.
   */
  quote: () => Promise<PaymentQuoteResult>;
}

export interface UnpaidPlan {
  type: 'unpaid';
  reason: SettlementError['code'] | 'DISABLED';
  error: SettlementError;
  isRequired: boolean;
}

export type PaymentQuoteResult =
  /** `isRequired`: the agent refuses messages that do not declare the rail's extension. */
  | { type: 'free'; isRequired: boolean }
  | {
      type: 'hold';
      request: HoldRequest;
      metering: Metering | undefined;
      warnings: SharedV4Warning[];
      /** The hold to make instead if the agent asks for another payment. */
      requestFor?: (challenge: PaymentChallenge) => HoldRequest;
    }
  /** The agent has to be asked for its price. */
  | {
      type: 'negotiable';
      negotiation: Negotiation;
      requestFor: (amount: number) => HoldRequest;
    }
  /** The agent names payee and amount in its response to a message without payment. */
  | { type: 'asked'; requestFor: (challenge: PaymentChallenge) => HoldRequest };
