import type { AgentExtension, Message } from '@a2a-js/sdk';
import type { JSONObject } from '@ai-sdk/provider';
import type { Amount } from '../../internal/decimal';

/** One incoming message, with the request data that a payment may be in. */
export interface PaidRequest {
  message: Message;
  taskId: string;
  /** Header names in lower case. */
  headers: Record<string, string>;
  /** The agent's URL from its card. Undefined if the server does not provide it. */
  url?: string | undefined;
}

/**
 * One way to pay an agent: `acceptExchange`, `acceptX402`, `acceptNevermined`, or your own implementation.
 */
export interface AcceptedPayment {
  /** The name in receipts and sale records: `exchange`, `x402`, `nevermined`. */
  readonly rail: string;
  /** The entries of the agent card that announce it, for a card with these skills. */
  extensions(skillIds: readonly string[]): readonly AgentExtension[];
  /**
   * The offers in the form of `x402.payment.required`. Undefined if the rail has no such form: the task is
   * rejected instead. `request`: the message that must be paid.
   *
   * @throws an error if the offers are currently not available.
   */
  offers?(request?: PaidRequest): Promise<readonly JSONObject[]>;
  /** Finds the payment in a message. Undefined if there is no payment of this kind. */
  read(request: PaidRequest): PaymentClaim | undefined;
  /**
   * Reads the payment again from `Sale.storedPayment`. Undefined if that is not possible. Without this
   * method, each message of a task needs its own payment.
   */
  recall?(storedPayment: JSONObject): PaymentClaim | undefined;
  /**
   * Queries the outcome of a payment that was `owed`; called by `reconcile`. Undefined if the payer has not
   * decided yet, or the ledger is not available. Never throws.
   */
  lookUp?(owed: JSONObject): Promise<SaleOutcome | undefined>;
}

/** A payment that a client claims to have made. Not trusted before it is verified. */
export interface PaymentClaim {
  /** The id of what can pay once: an escrow id, a payer's nonce, a token digest. It pays for one task. */
  id: string;
  /** When the payment becomes invalid. Until then its id is stored, so that it cannot pay twice. */
  expiresAt: Date;
  /** The message is free. Not valid for a task that started with a payment. */
  isFree?: boolean | undefined;
  /**
   * Verifies the payment. If the rail does so before the work, also locks or captures the money; a recalled
   * payment is not locked again. Called for each message of a task. Never throws.
   */
  verify(options?: {
    /**
     * Call it before locking money that the agent may have to return: if the process is terminated,
     * `reconcile` returns it. Rejects if this cannot be stored; then lock nothing.
     */
    beforeLock?: ((noted: LockNote) => Promise<void>) | undefined;
  }): Promise<PaymentVerdict>;
}

/** The data from which `recall` reads a payment that is about to be locked. Contains a credential. */
export interface LockNote {
  storedPayment: JSONObject;
  /** The time until which the money may be locked. */
  expiresAt: Date;
}

export type PaymentVerdict =
  | { verified: true; sale: Sale }
  | {
      verified: false;
      /** An error code of the rail. */
      reason: string;
      /** Describes the problem; safe to send to the client. */
      message: string;
      /**
       * It is unknown whether the money was locked: the stored note is kept, and `reconcile` returns the
       * money.
       */
      mayBeLocked?: boolean | undefined;
      /** The cause. Passed to `onError`, never sent to the client. Must not contain a credential. */
      error?: unknown;
    };

/** A verified payment and its operations. */
export interface Sale {
  /** The maximum amount that the payer has committed to. */
  amount: Amount;
  currency: string;
  payer?: string | undefined;
  /** The payer can no longer withdraw the money: the agent may stream its output. */
  mayStream: boolean;
  /** The time until which it can be captured, if later than the claim's `expiresAt`. */
  expiresAt?: Date | undefined;
  /** Stored for `recall`: for the task's next message, and for `reconcile`. Contains a credential. */
  storedPayment?: JSONObject | undefined;
  /** Metadata of the `working` status that is sent after verification. Default: no such status is sent. */
  acknowledgement?: JSONObject | undefined;
  /**
   * Captures the payment for finished work. `used`: the value of the work reported by the agent, in
   * `currency`. Default: `amount`.
   *
   * Never throws.
   */
  settle(options: { used?: number | undefined }): Promise<SaleOutcome>;
  /** Returns the captured or locked money because the work was not done. Never throws. */
  refund(): Promise<SaleOutcome | undefined>;
}

/** The outcome of a payment. */
export interface SaleOutcome {
  /**
   * - `settled`: the agent has received it.
   * - `owed`: the payer releases it and has not done so yet; see `lookUp`.
   * - `unsettled`: the agent does not receive it.
   */
  status: 'settled' | 'owed' | 'unsettled';
  /** An error code of the rail, if it was not settled. */
  reason?: string | undefined;
  amount?: Amount | undefined;
  transaction?: string | undefined;
  /** Metadata that is added to the task's final event. */
  metadata?: JSONObject | undefined;
  /** For `owed`: the data that `lookUp` needs. Contains no credential. */
  owed?: JSONObject | undefined;
}
