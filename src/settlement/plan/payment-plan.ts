import type { SharedV4Warning } from '@ai-sdk/provider';
import type {
  HoldRequest,
  PaymentChallenge,
  SettlementError,
  SettlementRail,
} from '../../rails/rail';
import type { Negotiation } from './negotiate';
import type { Metering } from '../state/journal-entry';

/** Whom to pay for one generation, or why nobody can be paid. */
export type PaymentPlan = PaidPlan | UnpaidPlan;

export interface PaidPlan {
  type: 'paid';
  /** What new holds are made on, unless the agent asks for another. */
  rail: SettlementRail;
  /** Who is to be paid on a rail; undefined where only the agent's challenge says it. */
  payeeOn: (rail: string) => string | undefined;
  isRequired: boolean;
  /** How use is paid on a turn that goes on under a hold already made. */
  metering: Metering | undefined;
  /**
   * What to hold; with `metering`, a maximum. `free` for a price of 0.
   *
   * @throws SettlementError `INVALID_AMOUNT` for a price that makes no sense, or is negotiable without
   * a ceiling; `LIMIT_EXCEEDED` for one above the ceiling; `PAYMENT_REQUIRED` for a price of 0 that the
   * card, which requires payment, does not name.
   * @throws whatever a price function throws.
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
  /** `isRequired`: the agent takes no message that does not declare the rail's extension. */
  | { type: 'free'; isRequired: boolean }
  | {
      type: 'hold';
      request: HoldRequest;
      metering: Metering | undefined;
      warnings: SharedV4Warning[];
      /** What to hold instead, should the agent ask for something else. */
      requestFor?: (challenge: PaymentChallenge) => HoldRequest;
    }
  /** The agent has to be asked. */
  | {
      type: 'negotiable';
      negotiation: Negotiation;
      requestFor: (amount: number) => HoldRequest;
    }
  /** The agent says whom and how much to pay when it is sent a message that pays nothing. */
  | { type: 'asked'; requestFor: (challenge: PaymentChallenge) => HoldRequest };
